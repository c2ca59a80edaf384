#!/bin/sh
# visit.sh KIND: one kind of visitor of the demo's host, again and again until it is stopped. The addresses
# are those that demo.sh gives: 10.77.0.1 and fd77::1 by a fast line, 10.78.0.1 by one that loses packets.
visit() {
  case $1 in
    web4) for last in 11 12 13 14; do curl -s -m 3 -o /dev/null --interface 10.77.0.$last http://10.77.0.1/; sleep 0.3; done ;;
    web6) curl -s -m 3 -o /dev/null 'http://[fd77::1]/'; sleep 0.7 ;;
    names) dig +tries=1 +time=1 @10.77.0.1 "host-$(date +%S).demo.example" >/dev/null; sleep 0.4
           dig +tries=1 +time=1 @fd77::1 www.demo.example >/dev/null; sleep 0.4 ;;
    echo4) ping -q -c 5 -i 0.5 10.77.0.1 >/dev/null; ping -q -c 1 -s 4000 10.77.0.1 >/dev/null ;;
    echo6) ping -6 -q -c 5 -i 0.7 fd77::1 >/dev/null ;;
    banners) for port in 22 25; do nc -w 1 10.77.0.1 $port </dev/null >/dev/null; sleep 1; done ;;
    refused) nc -w 1 10.77.0.1 $((8000 + $(date +%S))) </dev/null >/dev/null 2>&1; sleep 2 ;;
    bulk4) iperf3 -c 10.77.0.1 -p 5201 -t 8 -b 40M >/dev/null 2>&1; sleep 1 ;;
    stream6) iperf3 -c fd77::1 -p 5202 -u -t 10 -b 3M >/dev/null 2>&1; sleep 1 ;;
    lossy) iperf3 -c 10.78.0.1 -p 5203 -t 10 -b 4M >/dev/null 2>&1; sleep 1 ;;
    *) echo "visit.sh: no such kind: $1" >&2; exit 2 ;;
  esac
}
while :; do visit "$1"; sleep 0.1; done

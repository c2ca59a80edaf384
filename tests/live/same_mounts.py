"""A host whose programs see the machine's own mounts, where `ip netns exec` shows them a fresh /sys: cgroups are there, and what a
sensor pins in /sys/fs/bpf outlives it."""

from two_hosts import Host


class SameMounts(Host):
    def command(self, *command):
        return ["nsenter", f"--net=/run/netns/{self.name}", "--", *command]

// The protocol policy: read, refused where it is nonsense, and as rows of the kernel's table.
#include "policy/protocol_entry.h"

#include <gtest/gtest.h>

#include "abi/verdict.h"
#include "policy/policy_file.h"
#include "policy/protocol_rows.h"

namespace vedette {
namespace {

std::vector<ProtocolEntry> read(const std::string& protocols) {
  const ReadPolicy read = parse_policy("version: 1\nprotocols:\n" + protocols);
  for (const PolicyFlaw& flaw : read.flaws) ADD_FAILURE() << flaw_text(flaw, "policy");
  return read.policy.protocols;
}

std::vector<std::string> flaws(const std::string& protocols) {
  std::vector<std::string> all;
  for (const PolicyFlaw& flaw : parse_policy("version: 1\nprotocols:\n" + protocols).flaws)
    all.push_back(flaw_text(flaw, "p"));
  return all;
}

using Texts = std::vector<std::string>;

constexpr std::uint64_t bits(std::initializer_list<int> classes) {
  std::uint64_t all = 0;
  for (const int one : classes) all |= std::uint64_t{1} << one;
  return all;
}

TEST(ProtocolEntries, SayWhatIsRefusedAndWhere) {
  const auto all = read(
      "- {name: old, tls_min: 1.2, match: {destination: [192.0.2.0/24, '2001:db8::/32'], destination_port: "
      "https},"
      " reason: RFC 8996}\n"
      "- {name: names, sni: [.Example.net, a.example], verdict: drop, observe: true}\n"
      "- {name: ssh, app: ssh, version: [1.99, '1.5']}\n");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].tls_min, VDT_PAYLOAD_TLS_1_2);
  EXPECT_EQ(all[0].where.destination.size(), 2U);
  EXPECT_EQ(all[0].where.destination_port, (std::vector{NumberRange{443, 443}}));
  EXPECT_EQ(all[0].reason, "RFC 8996");
  EXPECT_EQ(all[0].line, 3U);
  EXPECT_EQ(all[1].sni, (Texts{".example.net", "a.example"}));
  EXPECT_TRUE(all[1].observe);
  EXPECT_EQ(all[2].apps, (std::vector<AppMatch>{{"ssh", "1.99"}, {"ssh", "1.5"}}));
}

TEST(ProtocolEntries, MayBeOneAloneWithoutAName) {
  const ReadPolicy read = parse_policy("version: 1\nprotocols: {tls_min: 1.1, refuse: [ssh-1, smb-1]}\n");
  ASSERT_TRUE(read.flaws.empty());
  ASSERT_EQ(read.policy.protocols.size(), 1U);
  EXPECT_EQ(read.policy.protocols[0].name, "protocols");
}

TEST(ProtocolEntries, AreRefusedWithLineAndColumn) {
  EXPECT_EQ(flaws("- {name: a, tls_min: 1.4}\n"),
            Texts{"p: line 3, column 22: expected \"SSL 3.0\", 1.0, 1.1, 1.2 or 1.3, found \"1.4\""});
  EXPECT_EQ(flaws("- {name: a, ja4: t13d1516h2_8daaf6152771}\n"),
            Texts{"p: line 3, column 18: expected a JA4 like t13d1516h2_8daaf6152771_b186095e22b6, found "
                  "\"t13d1516h2_8daaf6152771\""});
  EXPECT_EQ(flaws("- {name: a, app: shh}\n"),
            Texts{"p: line 3, column 18: expected an application like ssh or "
                  "http, found \"shh\" (did you mean ssh)"});
  EXPECT_EQ(flaws("- {name: a, app: ssh, version: 3}\n"),
            Texts{"p: line 3, column 32: expected a version of ssh: 1.3, 1.5, 1.99, 2.0, found \"3\""});
  EXPECT_EQ(flaws("- {name: a, version: 1.0}\n").size(), 2U) << "no app, and nothing that is refused";
  EXPECT_EQ(flaws("- {name: a, verdict: {limit: 1/s}, refuse: ssh-1}\n").size(), 1U);
  EXPECT_EQ(flaws("- {name: a, refuse: [ssh-1, ssh-1]}\n").size(), 1U);
  EXPECT_EQ(flaws("- {refuse: ssh-1}\n").size(), 1U) << "no name";
  EXPECT_EQ(flaws("- {name: a, refuse: ssh-1}\n- {name: a, refuse: smb-1}\n").size(), 1U);
  EXPECT_EQ(flaws("- {name: a, refuse: ssh-1, match: {length: 1}}\n").size(), 1U);
  EXPECT_EQ(flaws("- {name: a, app: ssh, verdict: pass, observe: true}\n").size(), 1U);
  EXPECT_EQ(flaws("- {name: a, app: [ssh, ftp], version: 2.0}\n").size(), 1U) << "whose";
  EXPECT_EQ(
      flaws("- {name: a, app: dns, match: {protocol: icmp}}\n"),
      Texts{
          "p: line 3, column 30: expected tcp or udp, found icmp (what is spoken is asked of these alone)"});
  EXPECT_EQ(flaws("- {name: a}\n"),
            Texts{"p: line 3, column 3: expected tls_min, refuse, ja3, ja4, sni or app, found none of them"});
}

TEST(ProtocolEntries, AreNoMoreThanTheKernelTakes) {
  std::string ports = "[0";
  for (int port = 2; port < 520; port += 2) ports += ", " + std::to_string(port);
  EXPECT_EQ(
      flaws("- {name: a, refuse: ssh-1, match: {destination_port: " + ports + "]}}\n"),
      Texts{"p: line 3, column 3: expected 256 combinations of networks and ports at most in all protocols, "
            "found more"});
  EXPECT_EQ(flaws("- {name: a, sni: a.net, match: {destination_port: " + ports + "]}}\n"), Texts{})
      << "only decoders tell names";
  std::string many;
  for (int at = 0; at <= VDT_PROTOCOL_ENTRIES; at++)
    many += "- {name: n" + std::to_string(at) + ", sni: a.net}\n";
  EXPECT_EQ(flaws(many), Texts{"p: line 131, column 3: expected 128 protocols at most, found more"});
}

TEST(ProtocolEntries, HaveTheClassesByWhichTheKernelKnowsThem) {
  const auto all = read(
      "- {name: a, tls_min: 1.1}\n"
      "- {name: b, refuse: [ssh-1, smb-1]}\n"
      "- {name: c, app: ssh}\n"
      "- {name: d, app: ssh, version: 2.0}\n"
      "- {name: e, app: tls, version: 1.2}\n"
      "- {name: f, sni: a.net}\n");
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(classes_of(all[0]), bits({VDT_PAYLOAD_SSL_2, VDT_PAYLOAD_SSL_3, VDT_PAYLOAD_TLS_1_0}));
  EXPECT_EQ(classes_of(all[1]), bits({VDT_PAYLOAD_SSH_1, VDT_PAYLOAD_SMB_1}));
  EXPECT_EQ(classes_of(all[2]), bits({VDT_PAYLOAD_SSH_1, VDT_PAYLOAD_SSH_1_99, VDT_PAYLOAD_SSH_2}));
  EXPECT_EQ(classes_of(all[3]), bits({VDT_PAYLOAD_SSH_2}));
  EXPECT_EQ(classes_of(all[4]), 0U) << "a hello's highest version isn't the one that is spoken";
  EXPECT_EQ(classes_of(all[5]), 0U);
}

TEST(ProtocolEntries, LeaveToTheDecodersWhatMayBeLetPass) {
  const auto all = read(
      "- {name: a, app: [smb 3.1.1, http GET], verdict: pass, match: {destination_port: 445}}\n"
      "- {name: b, app: [smb, http]}\n"
      "- {name: c, app: smb, match: {destination_port: 139}}\n");
  const auto table = compile_protocols(all, std::vector<std::uint32_t>{0, 1, 2});
  ASSERT_TRUE(table);
  ASSERT_EQ((*table)->rows, 3U);
  const auto& row = (*table)->row;
  EXPECT_EQ(row[0].classes, bits({VDT_PAYLOAD_HTTP_GET}));
  EXPECT_EQ(row[0].verdict, std::uint32_t{VDT_VERDICT_NONE});
  EXPECT_EQ(row[1].classes & bits({VDT_PAYLOAD_SMB_2, VDT_PAYLOAD_HTTP_GET, VDT_PAYLOAD_HTTP_POST}),
            bits({VDT_PAYLOAD_HTTP_GET, VDT_PAYLOAD_HTTP_POST}))
      << "both ends choose SMB's version";
  EXPECT_NE(row[2].classes & bits({VDT_PAYLOAD_SMB_2}), 0U) << "at another port";
}

TEST(ProtocolRows, AreEachCombinationOfNetworksAndPorts) {
  const auto all = read(
      "- {name: any, refuse: ssh-1}\n"
      "- {name: here, refuse: smb-1, observe: true, match: {source: 198.51.100.0/24, destination: "
      "[192.0.2.0/24, "
      "'2001:db8::/32'], destination_port: [445, 1000-2000]}}\n");
  const auto table = compile_protocols(all, std::vector<std::uint32_t>{5, 7});
  ASSERT_TRUE(table);
  ASSERT_EQ((*table)->rows, 3U) << "one, and of the other two ports for IPv4; there is no source of IPv6";
  EXPECT_EQ((*table)->rows, rows_of(all[0]) + rows_of(all[1]));
  EXPECT_EQ((*table)->classes, bits({VDT_PAYLOAD_SSH_1, VDT_PAYLOAD_SMB_1}));
  EXPECT_STREQ((*table)->name[5], "any");
  EXPECT_STREQ((*table)->name[7], "here");
  const vdt_protocol_row& first = (*table)->row[0];
  EXPECT_EQ(first.ip_version, 0);
  EXPECT_EQ(first.port_last, 0xffff);
  EXPECT_EQ(first.entry, 5);
  EXPECT_EQ(first.flags, 0);
  const vdt_protocol_row& last = (*table)->row[2];
  EXPECT_EQ(last.ip_version, 4);
  EXPECT_EQ(last.port_first, 1000);
  EXPECT_EQ(last.port_last, 2000);
  EXPECT_EQ(last.flags, VDT_PROTOCOL_OBSERVE);
  EXPECT_EQ(last.dst_mask.words[0], 0x00ffffffU) << "as on the wire";
  EXPECT_EQ(last.dst.bytes[0], 192);
  EXPECT_EQ(last.dst_mask.halves[1], 0U);
}

}  // namespace
}  // namespace vedette

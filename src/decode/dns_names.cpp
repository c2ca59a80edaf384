#include "decode/dns_names.h"

#include <algorithm>
#include <span>

namespace vedette {

namespace {

struct Named {
  std::uint16_t number;
  std::string_view name;
};

// In the order of their numbers.
constexpr Named kTypes[] = {
    {1, "A"},           {2, "NS"},        {3, "MD"},        {4, "MF"},       {5, "CNAME"},
    {6, "SOA"},         {7, "MB"},        {8, "MG"},        {9, "MR"},       {10, "NULL"},
    {11, "WKS"},        {12, "PTR"},      {13, "HINFO"},    {14, "MINFO"},   {15, "MX"},
    {16, "TXT"},        {17, "RP"},       {18, "AFSDB"},    {19, "X25"},     {20, "ISDN"},
    {21, "RT"},         {22, "NSAP"},     {23, "NSAP-PTR"}, {24, "SIG"},     {25, "KEY"},
    {26, "PX"},         {27, "GPOS"},     {28, "AAAA"},     {29, "LOC"},     {30, "NXT"},
    {31, "EID"},        {32, "NIMLOC"},   {33, "SRV"},      {34, "ATMA"},    {35, "NAPTR"},
    {36, "KX"},         {37, "CERT"},     {38, "A6"},       {39, "DNAME"},   {40, "SINK"},
    {41, "OPT"},        {42, "APL"},      {43, "DS"},       {44, "SSHFP"},   {45, "IPSECKEY"},
    {46, "RRSIG"},      {47, "NSEC"},     {48, "DNSKEY"},   {49, "DHCID"},   {50, "NSEC3"},
    {51, "NSEC3PARAM"}, {52, "TLSA"},     {53, "SMIMEA"},   {55, "HIP"},     {56, "NINFO"},
    {57, "RKEY"},       {58, "TALINK"},   {59, "CDS"},      {60, "CDNSKEY"}, {61, "OPENPGPKEY"},
    {62, "CSYNC"},      {63, "ZONEMD"},   {64, "SVCB"},     {65, "HTTPS"},   {66, "DSYNC"},
    {67, "HHIT"},       {68, "BRID"},     {99, "SPF"},      {100, "UINFO"},  {101, "UID"},
    {102, "GID"},       {103, "UNSPEC"},  {104, "NID"},     {105, "L32"},    {106, "L64"},
    {107, "LP"},        {108, "EUI48"},   {109, "EUI64"},   {128, "NXNAME"}, {249, "TKEY"},
    {250, "TSIG"},      {251, "IXFR"},    {252, "AXFR"},    {253, "MAILB"},  {254, "MAILA"},
    {255, "ANY"},       {256, "URI"},     {257, "CAA"},     {258, "AVC"},    {259, "DOA"},
    {260, "AMTRELAY"},  {261, "RESINFO"}, {262, "WALLET"},  {263, "CLA"},    {264, "IPN"},
    {32768, "TA"},      {32769, "DLV"},
};

constexpr Named kClasses[] = {{1, "IN"}, {3, "CH"}, {4, "HS"}, {254, "NONE"}, {255, "ANY"}};

constexpr Named kRcodes[] = {
    {0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"},  {4, "NOTIMP"},
    {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},   {9, "NOTAUTH"},
    {10, "NOTZONE"}, {11, "DSOTYPENI"}, {16, "BADVERS"}, {17, "BADKEY"},   {18, "BADTIME"},
    {19, "BADMODE"}, {20, "BADNAME"},   {21, "BADALG"},  {22, "BADTRUNC"}, {23, "BADCOOKIE"},
};

constexpr Named kOpcodes[] = {{0, "QUERY"},  {1, "IQUERY"}, {2, "STATUS"},
                              {4, "NOTIFY"}, {5, "UPDATE"}, {6, "DSO"}};

constexpr Named kNbnsOpcodes[] = {{0, "QUERY"},
                                  {5, "REGISTRATION"},
                                  {6, "RELEASE"},
                                  {7, "WACK"},
                                  {8, "REFRESH"},
                                  {9, "REFRESH"},
                                  {15, "MULTI-HOMED REGISTRATION"}};

constexpr Named kNbnsRcodes[] = {{6, "ACTIVE"}, {7, "CONFLICT"}};

std::optional<std::string_view> find(std::span<const Named> table, std::uint16_t number) {
  const auto found = std::ranges::lower_bound(table, number, {}, &Named::number);
  if (found == table.end() || found->number != number) return {};
  return found->name;
}

std::string name_or_number(std::span<const Named> table, std::uint16_t number, std::string_view prefix) {
  if (const auto name = find(table, number)) return std::string(*name);
  return std::string(prefix) + std::to_string(number);
}

}  // namespace

std::string dns_type_name(std::uint16_t type) {
  return name_or_number(kTypes, type, "TYPE");
}

bool dns_type_is_known(std::uint16_t type) {
  return find(kTypes, type).has_value();
}

std::string dns_class_name(std::uint16_t record_class) {
  return name_or_number(kClasses, record_class, "CLASS");
}

std::string dns_rcode_name(std::uint16_t rcode) {
  return name_or_number(kRcodes, rcode, "RCODE");
}

std::string dns_opcode_name(std::uint8_t opcode) {
  return name_or_number(kOpcodes, opcode, "OPCODE");
}

bool dns_opcode_is_known(std::uint8_t opcode) {
  return find(kOpcodes, opcode).has_value();
}

std::optional<std::string_view> nbns_opcode_name(std::uint8_t opcode) {
  return find(kNbnsOpcodes, opcode);
}

std::string nbns_rcode_name(std::uint16_t rcode) {
  if (const auto own = find(kNbnsRcodes, rcode)) return std::string(*own);
  return dns_rcode_name(rcode);
}

}  // namespace vedette

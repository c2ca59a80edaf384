// Databases that the reference writer (MaxMind::DB::Writer) made.
#include "geo/geo_database.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vedette {
namespace {

vdt_address address(const char* text) {
  vdt_address address{};
  if (inet_pton(AF_INET, text, address.bytes) != 1) inet_pton(AF_INET6, text, address.bytes);
  return address;
}

class GeoDatabase : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/geo-" + std::to_string(getpid());
    std::filesystem::create_directories(folder_);
    const std::string command = "perl " VEDETTE_GEO_WRITER " " + folder_ + " 2>/dev/null";
    if (std::system(command.c_str()) != 0)  // NOLINT(concurrency-mt-unsafe): one thread
      GTEST_SKIP() << "needs Debian's libmaxmind-db-writer-perl";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const char* name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

TEST_F(GeoDatabase, TellsCountryAndSystem) {
  GeoDatabases databases;
  EXPECT_TRUE(databases.empty());
  ASSERT_TRUE(databases.open(path("country.mmdb")));
  ASSERT_TRUE(databases.open(path("asn.mmdb")));
  EXPECT_FALSE(databases.empty());

  const GeoPlace both = databases.find(address("192.0.2.200"), 4);
  EXPECT_EQ(both.country, "DE");
  EXPECT_EQ(both.asn, 64496U);
  EXPECT_EQ(both.as_name, "Example Net");
  EXPECT_EQ(databases.find(address("192.0.2.1"), 4).asn, 0U);

  const GeoPlace six = databases.find(address("2001:db8:1::5"), 6);
  EXPECT_EQ(six.country, "SE");
  EXPECT_EQ(six.asn, 4200000001U);
  EXPECT_EQ(databases.find(address("2001:db8:2::5"), 6).country, "");

  const GeoPlace nowhere = databases.find(address("198.18.0.1"), 4);
  EXPECT_EQ(nowhere.country, "");
  EXPECT_EQ(nowhere.asn, 0U);
}

std::vector<std::string> texts(const Result<std::vector<Prefix>>& networks) {
  if (!networks) return {networks.error().text()};
  std::vector<std::string> all;
  for (const Prefix& one : *networks) all.push_back(prefix_text(one));
  return all;
}

using Texts = std::vector<std::string>;

TEST_F(GeoDatabase, TellsTheNetworksOfAPlace) {
  GeoDatabases databases;
  ASSERT_TRUE(databases.open(path("country.mmdb")));
  const auto of = [&](std::vector<std::string> countries) { return texts(databases.networks_of(countries)); };
  EXPECT_EQ(of({"DE"}), (Texts{"192.0.2.0/24", "198.51.100.0/24"})) << "two halves are one";
  EXPECT_EQ(of({"SE"}), Texts{"2001:db8:1::/48"});
  EXPECT_EQ(of({"FR"}), Texts{"203.0.113.0/25"});
  EXPECT_EQ(of({"FR", "SE"}), (Texts{"203.0.113.0/25", "2001:db8:1::/48"}));
  EXPECT_EQ(of({"XX"}), Texts{});
  const std::vector<std::uint32_t> systems{64496};
  EXPECT_EQ(texts(databases.networks_of(systems)),
            Texts{"databases of places: none tells autonomous systems (vedetted --geoip FILE.mmdb)"});
  ASSERT_TRUE(databases.open(path("asn.mmdb")));
  EXPECT_EQ(texts(databases.networks_of(systems)), Texts{"192.0.2.128/25"});
}

TEST_F(GeoDatabase, PutsEachAddressOfANetworkWhereItsPlaceIs) {
  GeoDatabases databases;
  ASSERT_TRUE(databases.open(path("country.mmdb")));
  const std::vector<std::string> germany{"DE"};
  const auto networks = databases.networks_of(germany);
  ASSERT_TRUE(networks);
  for (const Prefix& network : *networks)
    EXPECT_EQ(databases.find(network.address, network.ip_version).country, "DE") << prefix_text(network);
  EXPECT_EQ(databases.find(address("198.51.100.255"), 4).country, "DE");
}

TEST_F(GeoDatabase, RefusesWhatIsNoDatabase) {
  GeoDatabases databases;
  const auto missing = databases.open(path("none.mmdb"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().what, "can't be read: No such file or directory");
  std::ofstream(path("text.mmdb")) << "no database";
  const auto text = databases.open(path("text.mmdb"));
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::kUnusable);
  EXPECT_TRUE(text.error().what.starts_with("is no MaxMind database: "));
  EXPECT_TRUE(databases.empty());
}

}  // namespace
}  // namespace vedette

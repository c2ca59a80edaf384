#include "gateway/web_files.h"

#include <fstream>

#include "tests/gateway/state_of_a_test.h"

namespace vedette {
namespace {

class Files : public tests::StateOfATest {
 protected:
  void put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / "web" / name).parent_path());
    std::ofstream(path_ / "web" / name, std::ios::binary) << text;
  }
  [[nodiscard]] WebFiles read() const {
    auto files = WebFiles::read(path_ / "web");
    EXPECT_TRUE(files) << files.error().text();
    return std::move(*files);
  }
  static Reply get(const WebFiles& files, const std::string& path, const std::string& encodings = {}) {
    RequestHead head;
    head.method = "GET";
    head.path = path;
    head.accept_encoding = encodings;
    return files.answer(head);
  }
  static std::string field(const Reply& reply, const std::string& name) {
    for (const auto& [key, value] : reply.fields)
      if (key == name) return value;
    return {};
  }
};

TEST_F(Files, AreWhatLiesInTheFolderAndNothingElse) {
  put("index.html", "the page");
  put("assets/a.js", "1;");
  std::ofstream(path_ / "secret") << "not ours";
  std::filesystem::create_symlink(path_ / "secret", path_ / "web" / "link");
  std::filesystem::create_directory_symlink(path_, path_ / "web" / "folder");
  const WebFiles files = read();
  EXPECT_EQ(files.size(), 2U);
  EXPECT_EQ(get(files, "/").body, "the page");
  EXPECT_EQ(get(files, "/assets/a.js").content_type, "text/javascript; charset=utf-8");
  for (const char* const path : {"/link", "/folder/secret", "/../secret", "/assets/../index.html", "/assets",
                                 "//index.html", "index.html", ""})
    EXPECT_EQ(get(files, path).status, 404U) << path;
}

TEST_F(Files, AreSentPackedToWhomThatSuits) {
  put("index.html", std::string(1000, 'a'));
  put("index.html.br", "brotli");
  put("b.txt", std::string(1000, 'b'));
  put("b.txt.gz", "gzip");
  const WebFiles files = read();
  EXPECT_EQ(files.size(), 2U);
  EXPECT_EQ(get(files, "/", "gzip, br").body, "brotli");
  EXPECT_EQ(field(get(files, "/", "gzip, br"), "Content-Encoding"), "br");
  EXPECT_EQ(field(get(files, "/", "gzip"), "Content-Encoding"), "gzip");
  EXPECT_LT(get(files, "/", "gzip").body.size(), 100U);
  EXPECT_EQ(get(files, "/b.txt", "deflate, gzip;q=0.5").body, "gzip");
  for (const char* const list : {"", "identity", "br;q=0, gzip;q=0.0", "brotli, gzipped"})
    EXPECT_EQ(get(files, "/", list).body.size(), 1000U) << list;
  EXPECT_NE(field(get(files, "/", "gzip"), "ETag"), field(get(files, "/"), "ETag"));
}

TEST_F(Files, AreNotSentAgainUnchanged) {
  put("index.html", "the page");
  put("assets/a.js", "1;");
  const WebFiles files = read();
  RequestHead head;
  head.method = "GET";
  head.path = "/";
  head.if_none_match = "\"other\", " + field(get(files, "/"), "ETag");
  EXPECT_EQ(files.answer(head).status, 304U);
  EXPECT_EQ(field(files.answer(head), "Cache-Control"), "no-cache");
  EXPECT_EQ(field(get(files, "/assets/a.js"), "Cache-Control"), "public, max-age=31536000, immutable");
}

TEST_F(Files, WithoutAPageAreRefused) {
  put("a.js", "1;");
  EXPECT_FALSE(WebFiles::read(path_ / "web"));
  EXPECT_FALSE(WebFiles::read(path_ / "nowhere"));
}

TEST(BuiltInPage, StandsForThem) {
  RequestHead head;
  head.method = "GET";
  head.path = "/";
  const Reply page = WebFiles::built_in().answer(head);
  EXPECT_EQ(page.status, 200U);
  EXPECT_NE(page.body.find("<h1>Vedette</h1>"), std::string::npos);
}

}  // namespace
}  // namespace vedette

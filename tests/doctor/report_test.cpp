#include "doctor/report.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vedette {

namespace {

const std::vector<Fact> kFacts{{"kernel", "release", FactState::kTold, "6.1.0 x86_64", ""},
                               {"kernel", "btf", FactState::kOff, "no types", "another kernel"},
                               {"sensor", "sensor", FactState::kOn, "can run", ""}};

std::string table(bool color) {
  fmt::memory_buffer out;
  append_facts_table(out, kFacts, color);
  return fmt::to_string(out);
}

}  // namespace

TEST(DoctorsTable, GroupsByAreaAndPutsEachHintOnALineOfItsOwn) {
  EXPECT_EQ(table(false),
            "kernel\n"
            "  release           6.1.0 x86_64\n"
            "  btf      off      no types\n"
            "                    → another kernel\n"
            "\n"
            "sensor\n"
            "  sensor   on       can run\n");
}

TEST(DoctorsTable, ColoursStatesOnlyWhereAsked) {
  EXPECT_EQ(table(false).find('\033'), std::string::npos);
  EXPECT_NE(table(true).find("\033[31moff    \033[0m"), std::string::npos);
}

TEST(DoctorsJson, IsAnObjectALineWithoutEmptyHints) {
  fmt::memory_buffer out;
  append_facts_json(out, kFacts);
  EXPECT_EQ(fmt::to_string(out),
            "{\"area\":\"kernel\",\"name\":\"release\",\"state\":\"told\",\"detail\":\"6.1.0 x86_64\"}\n"
            "{\"area\":\"kernel\",\"name\":\"btf\",\"state\":\"off\",\"detail\":\"no "
            "types\",\"hint\":\"another kernel\"}\n"
            "{\"area\":\"sensor\",\"name\":\"sensor\",\"state\":\"on\",\"detail\":\"can run\"}\n");
}

TEST(DoctorsCsv, DoublesQuotesInsideAField) {
  fmt::memory_buffer out;
  append_facts_csv(out, std::vector<Fact>{{"eth0", "xdp", FactState::kLimited, "taken by 42 \"other\"", ""}});
  EXPECT_EQ(fmt::to_string(out),
            "area,name,state,detail,hint\n"
            "\"eth0\",\"xdp\",\"limited\",\"taken by 42 \"\"other\"\"\",\"\"\n");
}

}  // namespace vedette

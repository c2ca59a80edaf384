#include "detect/sql_patterns.h"

#include <algorithm>
#include <optional>

namespace vedette {

namespace {

bool contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

bool is_word(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '_' ||
         letter == '.';
}

void skip(std::string_view& text, std::string_view letters) {
  text.remove_prefix(std::min(text.find_first_not_of(letters), text.size()));
}

// Takes a number or a quoted text off `text`; false where something else stands there.
bool take_literal(std::string_view& text) {
  skip(text, " (");
  if (text.empty()) return false;
  if (text.front() == '\'' || text.front() == '"') {
    const std::size_t end = text.find(text.front(), 1);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return true;
  }
  std::size_t end = 0;
  while (end < text.size() && is_word(text[end])) end++;
  const bool number = end > 0 && std::ranges::all_of(text.substr(0, end), [](char letter) {
                        return letter >= '0' && letter <= '9';
                      });
  text.remove_prefix(end);
  return number;
}

bool compares_literals(std::string_view text) {
  if (!take_literal(text)) return false;
  skip(text, " )");
  if (text.starts_with("like ")) {
    text.remove_prefix(4);
  } else {
    const std::size_t size = std::min(text.find_first_not_of("=<>!"), text.size());
    if (size == 0 || size > 2) return false;
    text.remove_prefix(size);
  }
  return take_literal(text);
}

// "or 1=1", "' and '1'='1", "|| 1=1": none of them stands in a word.
bool holds_comparison(std::string_view text) {
  constexpr std::string_view kJoins[] = {"or", "and", "||", "&&", "having", "xor"};
  for (const std::string_view join : kJoins)
    for (std::size_t at = text.find(join); at != std::string_view::npos; at = text.find(join, at + 1)) {
      const std::string_view behind = text.substr(at + join.size());
      const bool apart = at > 0 && !is_word(text[at - 1]) && text[at - 1] != '-' && !behind.empty() &&
                         !is_word(behind.front());
      if ((apart || join == "||") && compares_literals(behind)) return true;
    }
  return false;
}

// With what follows it in a statement: "union select committee" is no SQL.
bool holds_union(std::string_view text) {
  for (std::size_t at = text.find("union"); at != std::string_view::npos; at = text.find("union", at + 1)) {
    std::string_view behind = text.substr(at + 5);
    skip(behind, " (");
    for (const std::string_view quantity : {"all", "distinct"})
      if (behind.starts_with(quantity)) behind.remove_prefix(quantity.size());
    skip(behind, " (");
    if (!behind.starts_with("select")) continue;
    behind = behind.substr(6, 300);
    skip(behind, " (");
    const bool literal = !behind.empty() && (behind.front() == '\'' || behind.front() == '@' ||
                                             (behind.front() >= '0' && behind.front() <= '9'));
    if (literal || behind.starts_with("null") || contains(behind, ",") || contains(behind, "(") ||
        contains(behind, " from "))
      return true;
  }
  return false;
}

// A quote, and the rest of the statement hidden behind a comment, to a parameter's end: "admin'--".
bool hides_rest(std::string_view text) {
  for (std::size_t at = text.find('\''); at != std::string_view::npos; at = text.find('\'', at + 1)) {
    std::string_view behind = text.substr(at + 1);
    skip(behind, " );");
    std::size_t size = 0;
    if (behind.starts_with("--"))
      size = 2;
    else if (behind.starts_with("#"))
      size = 1;
    if (size == 0) continue;
    behind.remove_prefix(size);
    skip(behind, " -+");
    if (behind.empty() || behind.front() == '&' || behind.front() == '\n') return true;
  }
  return false;
}

}  // namespace

std::string_view sql_injection_in(std::string_view text) {
  constexpr std::string_view kPhrases[] = {
      "information_schema.", "xp_cmdshell",    "waitfor delay '", "pg_sleep(",
      "benchmark(1",         "benchmark(2",    "benchmark(5",     "extractvalue(",
      "updatexml(",          "load_file(",     "into outfile '",  "into dumpfile '",
      "utl_http.request",    "utl_inaddr.",    "dbms_pipe.",      "; drop table ",
      ";drop table ",        "; insert into ", ";insert into ",   "; delete from ",
      ";delete from ",       "; exec ",        ";exec ",          ";shutdown--",
      "or sleep(",           "and sleep(",     "select sleep(",   "(select(sleep(",
      "select @@version",    "declare @",      "concat(0x",       "from sqlite_master",
      "group_concat(",       "or pg_sleep",    "order by 1--",    "select count(*) from"};
  for (const std::string_view phrase : kPhrases)
    if (contains(text, phrase)) return phrase;
  if (holds_union(text)) return "union select";
  if (holds_comparison(text)) return "a comparison of two literals";
  if (hides_rest(text)) return "a quote and a comment";
  return {};
}

}  // namespace vedette

#include "detect/web_patterns.h"

#include <algorithm>
#include <array>
#include <span>

#include "detect/sql_patterns.h"
#include "detect/web_text.h"

namespace vedette {

namespace {

using Words = std::span<const std::string_view>;

bool contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

// The first of the words that the text contains; empty where it contains none.
std::string_view one_of(std::string_view text, Words words) {
  for (const std::string_view word : words)
    if (contains(text, word)) return word;
  return {};
}

bool is_letter(char letter) {
  return letter >= 'a' && letter <= 'z';
}

// A path whose ".." lead above the root, "/..;/" (which Tomcat and a proxy before it read differently), or
// two ".." in a row in a query.
std::string_view traversal(const WebRequest& request) {
  std::string path = request.path;
  std::ranges::replace(path, '\\', '/');
  int depth = 0;
  std::string_view rest = path;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    const std::string_view segment = rest.substr(0, end);
    if (segment == "..;") return "..;/";
    if (segment == "..")
      depth--;
    else if (!segment.empty() && segment != ".")
      depth++;
    if (depth < 0) return "../";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  constexpr std::string_view kTwice[] = {"../../", "..\\..\\", "....//....//", "..\\../", "../..\\"};
  return one_of(request.query, kTwice);
}

// Of the system: nobody asks a web server for these but to steal them.
constexpr std::string_view kSystemFiles[] = {
    "etc/passwd",      "etc/shadow",       "proc/self/environ", "proc/self/cmdline", "/boot.ini",
    "\\boot.ini",      "/win.ini",         "\\win.ini",         "windows/system32/", "winnt/system32/",
    "web-inf/web.xml", ".aws/credentials", "php://filter",      "file:///etc/",      "/root/.ssh"};

// Of a site, published by mistake: in a path alone.
constexpr std::string_view kSiteFiles[] = {"/.git/config",   "/.git/head",           "/.git/index",
                                           "/.svn/entries",  "/.svn/wc.db",          "/.htpasswd",
                                           "/.ssh/id_",      "/.docker/config.json", "/.kube/config",
                                           "/.bash_history", "/wp-config.php.",      "/wp-config.php~",
                                           "/.npmrc",        "/.git-credentials",    "/.vscode/sftp.json"};

bool asks_for_env(std::string_view path) {
  constexpr std::string_view kEnv = "/.env";
  const std::size_t at = path.rfind(kEnv);
  if (at == std::string_view::npos) return false;
  const std::string_view behind = path.substr(at + kEnv.size());
  return behind.empty() || (behind.front() == '.' && !contains(behind, "/"));
}

struct Command {
  std::string_view name;
  bool alone;  // is one without arguments too
};

constexpr Command kCommands[] = {
    {"wget", false},    {"curl", false},       {"cat", false},     {"id", true},     {"uname", true},
    {"whoami", true},   {"ls", true},          {"ping", false},    {"sleep", false}, {"nc", false},
    {"ncat", false},    {"rm", false},         {"cd", false},      {"chmod", false}, {"sh", true},
    {"bash", true},     {"busybox", false},    {"python", false},  {"perl", false},  {"tftp", false},
    {"ftpget", false},  {"powershell", false}, {"cmd.exe", false}, {"dir", false},   {"type", false},
    {"ifconfig", true}, {"ipconfig", true},    {"net", false},     {"/bin/", false}, {"/usr/bin/", false},
    {"echo", false},    {"printf", false},     {"nslookup", false}};

// "; wget ", "| id", "`uname`", "$(curl ", "&& cat ": a separator of commands and a command behind it.
std::string_view command_behind_separator(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); i++) {
    const bool two = i + 1 < text.size() &&
                     ((text[i] == '&' && text[i + 1] == '&') || (text[i] == '$' && text[i + 1] == '(') ||
                      (text[i] == '|' && text[i + 1] == '|'));
    if (!two && text[i] != ';' && text[i] != '|' && text[i] != '`' && text[i] != '\n') continue;
    std::string_view behind = text.substr(i + (two ? 2 : 1));
    while (behind.starts_with(' ')) behind.remove_prefix(1);
    for (const auto& [name, alone] : kCommands) {
      if (!behind.starts_with(name)) continue;
      const std::string_view rest = behind.substr(name.size());
      if (name.ends_with('/')) return name;
      // An argument is a path, an option, an address or a quoted text, not any word of a sentence.
      const bool argument = rest.size() > 1 && rest[0] == ' ' &&
                            (contains("/-.\"'$*", rest.substr(1, 1)) || (rest[1] >= '0' && rest[1] <= '9') ||
                             contains(rest, "http://") || contains(rest, "https://"));
      if (argument || rest.starts_with("${ifs}") || rest.starts_with("$ifs") || rest.starts_with("%20"))
        return name;
      if (alone && (rest.empty() || contains(";|`)\n", rest.substr(0, 1)))) return name;
    }
  }
  return {};
}

constexpr std::string_view kFetches[] = {"wget http", "curl http", "wget -", "tftp -g", "busybox "};
constexpr std::string_view kThenRun[] = {"cd /tmp", "${ifs}", "chmod ", "|sh", "| sh", "|bash", "| bash"};
constexpr std::string_view kShellPaths[] = {"/bin/sh -c", "/bin/bash -c", "cmd.exe?/c",    "cmd.exe /c",
                                            "cmd /c ",    "/bin/sh -i",   "powershell -e", "${ifs}"};

std::string_view command(const WebRequest& request, const std::string& all) {
  if (const auto found = command_behind_separator(request.query); !found.empty()) return found;
  if (const auto found = command_behind_separator(request.path); !found.empty()) return found;
  if (const auto found = one_of(all, kShellPaths); !found.empty()) return found;
  if (!traversal(request).empty() && contains(request.path, "/bin/sh")) return "../bin/sh";
  return one_of(all, kThenRun).empty() ? std::string_view() : one_of(all, kFetches);
}

constexpr std::string_view kCode[] = {"call_user_func_array",
                                      "<?php",
                                      "eval(base64_decode(",
                                      "allow_url_include",
                                      "auto_prepend_file",
                                      "php://input",
                                      "data://text/plain;base64",
                                      "expect://",
                                      "#_memberaccess",
                                      "java.lang.runtime",
                                      "getruntime().exec",
                                      "java.lang.processbuilder",
                                      "class.module.classloader",
                                      "${script:javascript:",
                                      "__import__('os')",
                                      "shell_exec(",
                                      "passthru(",
                                      "<!--#exec",
                                      "system('"};

constexpr std::string_view kInternalTargets[] = {"://169.254.169.254", "://metadata.google.internal",
                                                 "://[fd00:ec2::254]", "gopher://127.", "gopher://localhost"};

// "<script", a tag with an event's handler or a script's address.
std::string_view markup(std::string_view text) {
  constexpr std::size_t kMostTag = 400;  // letters
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    std::string_view tag = text.substr(at + 1, kMostTag);
    if (tag.starts_with("script") && tag.size() > 6 && contains(" />\t\n", tag.substr(6, 1)))
      return "<script";
    if (tag.empty() || !is_letter(tag.front())) continue;
    tag = tag.substr(0, tag.find('>'));
    if (contains(tag, "javascript:")) return "javascript: in a tag";
    for (std::size_t on = tag.find("on"); on != std::string_view::npos; on = tag.find("on", on + 1)) {
      if (on == 0 || !contains(" /\"'\n", tag.substr(on - 1, 1))) continue;
      std::size_t end = on + 2;
      while (end < tag.size() && is_letter(tag[end])) end++;
      if (end > on + 4 && end < tag.size() && (tag[end] == '=' || tag.substr(end).starts_with(" =")))
        return "an event's handler in a tag";
    }
  }
  return {};
}

// What ends an attribute and goes on with a handler.
std::string_view handler_in_attribute(std::string_view text) {
  constexpr std::string_view kCalls[] = {"alert(",          "prompt(",         "confirm(", "eval(",
                                         "document.cookie", "document.domain", "alert`"};
  if (one_of(text, kCalls).empty()) return {};
  constexpr std::string_view kBreaks[] = {"\" on", "' on", "\"on", "'on", "javascript:", "\"><", "'><", "</"};
  return one_of(text, kBreaks).empty() ? std::string_view() : one_of(text, kCalls);
}

std::string_view scripting(const WebRequest& request) {
  for (const std::string& text : {request.query, request.path}) {
    if (const auto found = markup(text); !found.empty()) return found;
    if (const auto found = handler_in_attribute(text); !found.empty()) return found;
  }
  return {};
}

bool shellshock(std::string_view fields) {
  while (!fields.empty()) {
    if (fields.starts_with("() {") || fields.starts_with("(){")) return true;
    const std::size_t end = fields.find('\n');
    if (end == std::string_view::npos) return false;
    fields.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

WebAttackFound web_attack_in(const WebRequest& request) {
  const std::string all = request.path + "\n" + request.query;
  if (contains(all, "${") || contains(request.fields, "${"))
    if (contains(without_lookups(all + "\n" + request.fields), "${jndi:"))
      return {WebAttack::kLog4Shell, "${jndi:"};
  if (shellshock(request.fields)) return {WebAttack::kShellshock, "() {"};
  if (const auto found = command(request, all); !found.empty()) return {WebAttack::kCommandInjection, found};
  if (const auto found = one_of(all, kCode); !found.empty()) return {WebAttack::kCodeInjection, found};
  if (const auto found = sql_injection_in(without_comments(all)); !found.empty())
    return {WebAttack::kSqlInjection, found};
  const std::string_view climbs = traversal(request);
  if (const auto found = one_of(all, kSystemFiles); !found.empty())
    return {climbs.empty() ? WebAttack::kSensitiveFile : WebAttack::kPathTraversal, found};
  if (const auto found = one_of(request.query, kInternalTargets); !found.empty())
    return {WebAttack::kServerSideRequest, found};
  if (const auto found = scripting(request); !found.empty()) return {WebAttack::kCrossSiteScripting, found};
  if (!climbs.empty()) return {WebAttack::kPathTraversal, climbs};
  if (const auto found = one_of(request.path, kSiteFiles); !found.empty())
    return {WebAttack::kSensitiveFile, found};
  if (asks_for_env(request.path)) return {WebAttack::kSensitiveFile, "/.env"};
  return {};
}

std::string_view web_scanner(std::string_view user_agent) {
  constexpr std::string_view kScanners[] = {"sqlmap",
                                            "nikto",
                                            "nmap scripting engine",
                                            "masscan",
                                            "zgrab",
                                            "nuclei",
                                            "wpscan",
                                            "dirbuster",
                                            "gobuster",
                                            "acunetix",
                                            "nessus",
                                            "openvas",
                                            "w3af",
                                            "arachni",
                                            "havij",
                                            "feroxbuster",
                                            "fuzz faster u fool",
                                            "wfuzz",
                                            "whatweb",
                                            "jaeles",
                                            "l9explore",
                                            "commix",
                                            "zmeu",
                                            "muieblackcat",
                                            "jorgee",
                                            "netsparker",
                                            "skipfish",
                                            "dirb/"};
  return one_of(user_agent, kScanners);
}

}  // namespace vedette

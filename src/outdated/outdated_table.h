// Which protocol, version or software should no longer be spoken, and why: rules of data/outdated.yaml, which
// is built in, and of files of the user's own, which are asked first.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "decode/handshake.h"

namespace YAML {
class Node;
}

namespace vedette {

// Immutable once it is filled; then any number of threads.
class OutdatedTable {
 public:
  // The rules that are built in.
  [[nodiscard]] static OutdatedTable built_in();

  // Those, and before them the rules of this host, where it has some: /etc/vedette/outdated.yaml; and before
  // all of them those of `files`, the last one's first. Fails as add_file() does.
  [[nodiscard]] static Result<OutdatedTable> of_this_host(std::span<const std::string> files = {});

  // Puts the rules of a file before all others. Fails (unusable) with line and column where it can't be read
  // or says what no rule says; then nothing has changed.
  [[nodiscard]] Result<void> add_file(const std::string& path);

  // Why what `handshake` speaks is outdated: one sentence with since when and by whose word; nothing where it
  // isn't. Where the version that is spoken isn't known, all that were offered must be outdated.
  [[nodiscard]] std::optional<std::string> reason(const Handshake& handshake) const;

 private:
  struct Rule {
    std::string protocol;
    std::vector<std::string> versions;
    std::string below;
    std::optional<std::string> software;
    std::vector<std::string> unless;
    std::string since, why, source;
    bool outdated = true;
  };

  [[nodiscard]] static Result<std::vector<Rule>> parse(const std::string& text, const std::string& name);
  static bool read_member(Rule& rule, const std::string& key, const YAML::Node& value);
  [[nodiscard]] static std::string flaw(const Rule& rule);
  [[nodiscard]] static bool fits(const Rule& rule, const Handshake& handshake, std::string_view version);
  [[nodiscard]] static bool fits_software(const Rule& rule, const Handshake& handshake);
  [[nodiscard]] const Rule* first_fit(const Handshake& handshake, std::string_view version) const;

  std::vector<Rule> rules_;
};

// Compares dotted numbers, the first in each text: -1, 0 or 1; "3.1.1" is above "3.1" and below "10". Nothing
// where one has none.
[[nodiscard]] std::optional<int> compare_versions(std::string_view a, std::string_view b);

}  // namespace vedette

#include "cli/top/model.h"

#include <algorithm>

namespace vedette::top {

void Model::take(Snapshot look) {
  if (away_ || !has_look_) notice_.clear();
  away_ = false;
  filter_before_ = filter_;
  rates_.add(look);
  if (paused() && has_look_) return;
  look_ = std::move(look);
  has_look_ = true;
  rebuild();
}

void Model::miss(const Error& error) {
  away_ = true;
  notice_ = error.text();
}

bool Model::refuse_filter(const Error& error) {
  if (filter_ == filter_before_) return false;
  notice_ = error.text();
  filter_ = filter_before_;
  return true;
}

std::string Model::flow_filter() const {
  if (filter_.empty() || inside_.empty()) return filter_ + inside_;
  return "(" + filter_ + ") and (" + inside_ + ")";
}

std::string Model::flow_sort() const {
  // Those that lately moved are those that have a rate; columns of totals want the largest of all flows.
  if (view_ != View::kFlows) return "-last_ns";
  const std::string& title = table_.columns.empty() ? std::string() : table_.columns[sort_column()].title;
  const bool ascending = !largest_first();
  if (title == "BYTES") return ascending ? "total_bytes" : "-total_bytes";
  if (title == "PACKETS") return ascending ? "total_packets" : "-total_packets";
  if (title == "RTT") return ascending ? "rtt_us" : "-rtt_us";
  if (title == "RETR") return ascending ? "total_retransmits" : "-total_retransmits";
  if (title == "AGE") return ascending ? "-first_ns" : "first_ns";
  return "-last_ns";
}

std::size_t Model::sort_column() const {
  return orders_[static_cast<std::size_t>(view_)].column.value_or(table_.sort);
}

void Model::rebuild() {
  table_ = make_table(view_, look_, rates(), table_options_);
  if (!table_.rows.empty()) sort_rows(table_, sort_column(), largest_first());
  // The selection stays with its row once somebody has moved it; until then it stays on top.
  if (selected_identity_.empty()) {
    selected_ = 0;
  } else {
    const auto found = std::find_if(table_.rows.begin(), table_.rows.end(),
                                    [&](const Row& row) { return row.identity == selected_identity_; });
    if (found != table_.rows.end()) selected_ = static_cast<std::size_t>(found - table_.rows.begin());
  }
  selected_ = std::min(selected_, table_.rows.empty() ? 0 : table_.rows.size() - 1);
  if (!opened_) return;
  const auto now = std::ranges::find(look_.flows, opened_->identity(), &FlowLook::identity);
  opened_is_there_ = now != look_.flows.end();
  if (opened_is_there_) opened_ = *now;
}

void Model::hold(bool held) {
  held_rates_ = held ? std::optional(rates_) : std::nullopt;
}

void Model::move(long rows) {
  if (table_.rows.empty()) return;
  const long last = static_cast<long>(table_.rows.size()) - 1;
  selected_ = static_cast<std::size_t>(std::clamp(static_cast<long>(selected_) + rows, 0L, last));
  selected_identity_ = selected_ == 0 ? std::string() : table_.rows[selected_].identity;
}

Outcome Model::show(View view) {
  view_ = view;
  opened_.reset();
  selected_identity_.clear();
  rebuild();
  return Outcome::kFetch;
}

Outcome Model::enter() {
  if (opened_ || selected_ >= table_.rows.size()) return Outcome::kShow;
  const Row& row = table_.rows[selected_];
  if (view_ == View::kFlows) {
    const auto flow = std::ranges::find(look_.flows, row.identity, &FlowLook::identity);
    if (flow != look_.flows.end()) opened_ = *flow;
    opened_is_there_ = true;
    selected_identity_ = row.identity;
    return Outcome::kShow;
  }
  if (row.inside.empty()) return Outcome::kShow;
  inside_ = row.inside;
  outside_ = view_;
  outside_identity_ = row.identity;
  hold(false);
  return show(View::kFlows);
}

Outcome Model::leave() {
  // What is said is read first; that nothing answers goes on being said.
  if (!notice_.empty() && !away_) {
    notice_.clear();
    return Outcome::kShow;
  }
  if (opened_) {
    opened_.reset();
    return Outcome::kShow;
  }
  if (!inside_.empty()) {
    inside_.clear();
    hold(false);
    const Outcome outcome = show(outside_);
    selected_identity_ = outside_identity_;
    rebuild();
    return outcome;
  }
  if (filter_.empty()) return Outcome::kShow;
  filter_.clear();
  hold(false);
  return Outcome::kFetch;
}

// By the next column that is shown.
Outcome Model::sort_by(int step, int columns) {
  const int count = static_cast<int>(table_.columns.size());
  int next = static_cast<int>(sort_column());
  for (int tried = 0; tried < count; tried++) {
    next = (next + step + count) % count;
    if (table_.columns[static_cast<std::size_t>(next)].from <= columns) break;
  }
  if (count == 0) return Outcome::kShow;
  orders_[static_cast<std::size_t>(view_)] = {static_cast<std::size_t>(next), true};
  rebuild();
  return Outcome::kFetch;
}

Outcome Model::press(Key key, Room room) {
  if (typed_) return press_while_typing(key);
  if (helping_) {
    helping_ = false;
    return Outcome::kShow;
  }
  const auto rows = static_cast<long>(table_.rows.size());
  switch (key.kind) {
    case Key::kUp:
      move(-1);
      break;
    case Key::kDown:
      move(1);
      break;
    case Key::kPageUp:
      move(-room.rows);
      break;
    case Key::kPageDown:
      move(room.rows);
      break;
    case Key::kHome:
      move(-rows);
      break;
    case Key::kEnd:
      move(rows);
      break;
    case Key::kEnter:
      return enter();
    case Key::kEscape:
    case Key::kBackspace:
      return leave();
    case Key::kCharacter:
      return press_character(key.character, room.columns);
  }
  return Outcome::kShow;
}

Outcome Model::press_character(char letter, int columns) {
  constexpr double kShortest = 0.25, kLongest = 60;
  if (letter >= '1' && letter < '1' + static_cast<char>(kViews)) {
    if (!inside_.empty()) hold(false);
    inside_.clear();
    return show(static_cast<View>(letter - '1'));
  }
  switch (letter) {
    case 'q':
      return Outcome::kQuit;
    case '?':
    case 'h':
      helping_ = true;
      break;
    case 'k':
      move(-1);
      break;
    case 'j':
      move(1);
      break;
    case 's':
    case '>':
      return sort_by(1, columns);
    case '<':
      return sort_by(-1, columns);
    case 'r':
      orders_[static_cast<std::size_t>(view_)] = {sort_column(), !largest_first()};
      rebuild();
      return Outcome::kFetch;
    case 'p':
    case ' ':
      hold(!paused());
      return Outcome::kFetch;
    case 't':
      table_options_.wall_times = !table_options_.wall_times;
      rebuild();
      break;
    case '/':
      typed_ = filter_;
      notice_.clear();
      break;
    case '+':
    case '=':
      interval_ = std::min(interval_ * 2, kLongest);
      break;
    case '-':
      interval_ = std::max(interval_ / 2, kShortest);
      break;
    default:
      break;
  }
  return Outcome::kShow;
}

Outcome Model::press_while_typing(Key key) {
  if (key.kind == Key::kEscape) {
    typed_.reset();
  } else if (key.kind == Key::kEnter) {
    filter_before_ = filter_;
    filter_ = *typed_;
    typed_.reset();
    hold(false);
    selected_identity_.clear();
    return Outcome::kFetch;
  } else if (key.kind == Key::kBackspace) {
    if (!typed_->empty()) typed_->pop_back();
  } else if (key.kind == Key::kCharacter) {
    constexpr char kErase = 0x15;  // Ctrl-U
    if (key.character == kErase)
      typed_->clear();
    else if (key.character >= ' ')
      *typed_ += key.character;
  }
  return Outcome::kShow;
}

}  // namespace vedette::top

// What the live view knows and which keys change it, without a terminal: fed with looks at the sensor, asked
// for what to show and what to fetch next.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "cli/top/rates.h"
#include "cli/top/snapshot.h"
#include "cli/top/table.h"

namespace vedette::top {

struct Key {
  enum Kind { kCharacter, kUp, kDown, kPageUp, kPageDown, kHome, kEnd, kEnter, kEscape, kBackspace };
  Kind kind = kCharacter;
  char character = 0;
};

enum class Outcome { kShow, kFetch, kQuit };  // redraw; the sensor must be asked anew; end

struct ModelOptions {
  std::string filter;   // pcap-filter over flows
  double interval = 1;  // seconds between looks
};

// One thread.
class Model {
 public:
  explicit Model(ModelOptions options) : filter_(std::move(options.filter)), interval_(options.interval) {}

  // A look came; or why none came, and the last picture stays.
  void take(Snapshot look);
  void miss(const Error& error);
  // The sensor refused the filter: the one before is in force again. False where it is that one.
  [[nodiscard]] bool refuse_filter(const Error& error);

  // What the screen has room for.
  struct Room {
    int rows = 0;  // of the table
    int columns = 0;
  };
  [[nodiscard]] Outcome press(Key key, Room room);

  // What to ask /v1/flows for.
  [[nodiscard]] std::string flow_filter() const;
  [[nodiscard]] std::string flow_sort() const;
  [[nodiscard]] double interval() const { return interval_; }

  // Rows of the current view, sorted.
  [[nodiscard]] const Table& table() const { return table_; }
  [[nodiscard]] View view() const { return view_; }
  [[nodiscard]] std::size_t sort_column() const;
  [[nodiscard]] bool largest_first() const { return orders_[static_cast<std::size_t>(view_)].largest_first; }
  // Index in table().rows; 0 where there are none.
  [[nodiscard]] std::size_t selected() const { return selected_; }
  // The flow that is looked into, as it was last seen.
  [[nodiscard]] const std::optional<FlowLook>& opened() const { return opened_; }
  [[nodiscard]] bool opened_is_there() const { return opened_is_there_; }  // in the latest look

  [[nodiscard]] bool has_look() const { return has_look_; }
  [[nodiscard]] const Snapshot& look() const { return look_; }
  // While the picture is held, those of its moment.
  [[nodiscard]] const Rates& rates() const { return held_rates_ ? *held_rates_ : rates_; }
  [[nodiscard]] const std::string& filter() const { return filter_; }
  [[nodiscard]] const std::string& inside() const { return inside_; }
  [[nodiscard]] bool paused() const { return held_rates_.has_value(); }
  [[nodiscard]] bool helping() const { return helping_; }
  [[nodiscard]] bool wall_times() const { return table_options_.wall_times; }
  [[nodiscard]] const std::optional<std::string>& typed() const { return typed_; }  // the filter being typed
  [[nodiscard]] const std::string& notice() const { return notice_; }
  [[nodiscard]] bool away() const { return away_; }  // the sensor doesn't answer

 private:
  struct Order {
    std::optional<std::size_t> column;  // none: as the view begins
    bool largest_first = true;
  };

  Outcome press_while_typing(Key key);
  Outcome press_character(char letter, int columns);
  Outcome show(View view);
  Outcome enter();
  Outcome leave();
  Outcome sort_by(int step, int columns);
  void hold(bool held);
  void move(long rows);
  void rebuild();

  std::string filter_;
  std::string filter_before_;  // in force until the sensor has taken filter_
  std::string inside_;         // of the row that was entered
  View outside_ = View::kFlows;
  std::string outside_identity_;  // that row
  double interval_;
  View view_ = View::kFlows;
  std::array<Order, kViews> orders_{};
  TableOptions table_options_;
  Snapshot look_;
  bool has_look_ = false;
  Rates rates_;
  std::optional<Rates> held_rates_;  // while the picture is held
  Table table_;
  std::size_t selected_ = 0;
  std::string selected_identity_;
  std::optional<FlowLook> opened_;
  bool opened_is_there_ = false;
  bool helping_ = false, away_ = false;
  std::optional<std::string> typed_;
  std::string notice_;
};

}  // namespace vedette::top

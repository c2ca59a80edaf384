#include "cli/top/screen_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/human_text.h"
#include "cli/top/flow_text.h"
#include "cli/top/header_text.h"

namespace vedette::top {

namespace {

constexpr int kHeaderLines = 5;   // host, in, out, health, tabs
constexpr int kHeadingLines = 1;  // of the table
constexpr int kStatusLines = 1;

constexpr const char* kKeys[][2] = {
    {"1 ... 7", "flows, talkers, services, versions, protocols, losses, interfaces"},
    {"↑ ↓ PgUp PgDn", "move; also j and k, Home and End"},
    {"Enter", "look into: a flow's facts; a talker's, a service's flows"},
    {"Esc", "back; then take the filter away"},
    {"s > <", "sort by the next, the previous column"},
    {"r", "turn the order round"},
    {"/", "filter flows, as pcap-filter(7) says: tcp port 443"},
    {"p Space", "hold the picture; rates go on being measured"},
    {"t", "times of day or time since"},
    {"+ -", "look less or more often"},
    {"Ctrl-L", "draw the screen anew"},
    {"q", "leave"},
};

// Which columns are shown on a screen so wide, and how wide they are there.
std::vector<int> column_widths(const Table& table, int columns) {
  std::vector<int> widths;
  int used = 0, growing = 0;
  for (const TableColumn& column : table.columns) {
    const bool shown = columns >= column.from;
    widths.push_back(shown ? column.width : 0);
    if (shown) used += column.width + 1;
    if (shown && column.grows) growing++;
  }
  int spare = columns - used;
  for (std::size_t at = 0; at < widths.size() && spare > 0 && growing > 0; at++) {
    if (!table.columns[at].grows || widths[at] == 0) continue;
    // Enough for two IPv6 addresses with ports; more would only tear a row apart.
    constexpr int kWidest = 47;
    const int more = std::min(spare / growing, std::max(0, kWidest - widths[at]));
    const bool last = at + 1 == widths.size();
    widths[at] += last ? spare : more;
    spare -= more;
    growing--;
  }
  return widths;
}

std::string row_text(const Table& table, const std::vector<int>& widths, const Row& row, bool unicode) {
  std::string text;
  for (std::size_t at = 0; at < widths.size(); at++) {
    if (widths[at] == 0) continue;
    const std::string& cell = row.cells[at].text;
    const TableColumn& column = table.columns[at];
    text += column.ends ? fitted_ends(cell, widths[at], unicode)
                        : fitted(cell, widths[at], column.right, unicode);
    text += ' ';
  }
  return text;
}

Line heading(const Model& model, const std::vector<int>& widths, const PictureOptions& options) {
  const Table& table = model.table();
  Line line;
  for (std::size_t at = 0; at < widths.size(); at++) {
    if (widths[at] == 0) continue;
    const bool sorted = at == model.sort_column();
    const std::string mark = !sorted           ? ""
                             : options.unicode ? (model.largest_first() ? "▼" : "▲")
                                               : (model.largest_first() ? "v" : "^");
    line.push_back(
        {fitted(mark + table.columns[at].title, widths[at], table.columns[at].right, options.unicode) + " ",
         sorted ? Tone::kSelected : Tone::kHeading});
  }
  int used = 0;
  for (const Span& span : line) used += width(span.text);
  line.push_back(
      {std::string(static_cast<std::size_t>(std::max(0, options.size.columns - used)), ' '), Tone::kHeading});
  return line;
}

Tone tone_of(RowTone tone) {
  if (tone == RowTone::kBad) return Tone::kBad;
  return tone == RowTone::kBusy ? Tone::kPlain : Tone::kDim;
}

void append_table(Picture& picture, const Model& model, const PictureOptions& options) {
  const Table& table = model.table();
  const std::vector<int> widths = column_widths(table, options.size.columns);
  picture.lines.push_back(heading(model, widths, options));
  const auto shown = static_cast<std::size_t>(table_lines(options.size));
  // The selected row stands in sight: pages, so that rows don't slide under the eye.
  const std::size_t first = shown == 0 ? 0 : model.selected() / shown * shown;
  for (std::size_t at = first; at < std::min(first + shown, table.rows.size()); at++) {
    const bool selected = at == model.selected();
    picture.lines.push_back({{fitted(row_text(table, widths, table.rows[at], options.unicode),
                                     options.size.columns, false, options.unicode),
                              selected ? Tone::kSelected : tone_of(table.rows[at].tone)}});
  }
  if (table.rows.empty() && shown > 1)
    picture.lines.push_back(
        {{model.flow_filter().empty() ? "  nothing yet" : "  nothing matches", Tone::kDim}});
}

void append_help(Picture& picture, const PictureOptions& options) {
  picture.lines.push_back({{fitted(" Keys", options.size.columns, false, options.unicode), Tone::kHeading}});
  for (const auto& [key, meaning] : kKeys) {
    const std::string name = !options.unicode && std::string(key).starts_with("↑") ? "arrows PgUp PgDn" : key;
    picture.lines.push_back(
        {{"  " + fitted(name, 18, false, options.unicode), Tone::kStrong}, {meaning, Tone::kPlain}});
  }
}

// Of the selected row, where its table has such a column.
std::string selected_meaning(const Model& model) {
  const Table& table = model.table();
  if (table.rows.empty() || table.columns.back().title != "MEANING") return {};
  const Row& row = table.rows[model.selected()];
  return row.cells.back().text.empty() ? "" : fmt::format("{}: {}", row.cells[1].text, row.cells.back().text);
}

constexpr const char* kTyping = "filter: ";

// The end, where the cursor is.
std::string shown_of_typed(const Model& model, const PictureOptions& options) {
  const auto room = static_cast<std::size_t>(std::max(0, options.size.columns - width(kTyping) - 1));
  const std::string& typed = *model.typed();
  return typed.size() <= room ? typed : typed.substr(typed.size() - room);
}

Line status_line(const Model& model, const PictureOptions& options) {
  if (model.typed()) return {{kTyping, Tone::kStrong}, {shown_of_typed(model, options), Tone::kPlain}};
  if (!model.notice().empty()) {
    const char* after = model.away() ? "; trying again" : "";
    return {{fitted(model.notice() + after, options.size.columns, false, options.unicode), Tone::kBad}};
  }
  if (!model.opened() && !model.helping()) {
    // What a narrow screen cuts off above: the meaning of a loss, the filter.
    const std::string meaning = selected_meaning(model);
    if (!meaning.empty())
      return {{fitted(meaning, options.size.columns, false, options.unicode), Tone::kDim}};
    if (const std::string filter = model.flow_filter(); !filter.empty() && model.view() <= View::kServices)
      return {{"filter ", Tone::kDim},
              {filter, Tone::kWarning},
              {"   / change  Esc take away  ? help  q quit", Tone::kDim}};
  }
  std::string text = "1-7 view  s sort  r reverse  / filter  Enter open  Esc back  p pause  ? help  q quit";
  if (options.size.columns < 86)
    text = "1-7 view  s sort  / filter  Enter open  Esc back  p pause  ? help  q quit";
  return {{fitted(text, options.size.columns, false, options.unicode), Tone::kDim}};
}

}  // namespace

int table_lines(Size size) {
  return std::max(0, size.lines - kHeaderLines - kHeadingLines - kStatusLines);
}

Picture make_picture(const Model& model, const PictureOptions& options) {
  Picture picture;
  if (model.has_look())
    append_header(picture, model, options);
  else
    picture.lines.push_back(
        {{"vedette ", Tone::kStrong}, {"waits for the sensor's first answer", Tone::kDim}});
  if (model.helping())
    append_help(picture, options);
  else if (!model.has_look())
    picture.lines.emplace_back();
  else if (model.opened())
    append_flow(picture, *model.opened(), model, options);
  else
    append_table(picture, model, options);
  const auto above_status = static_cast<std::size_t>(std::max(0, options.size.lines - kStatusLines));
  picture.lines.resize(above_status);
  picture.lines.push_back(status_line(model, options));
  for (Line& line : picture.lines) clip(line, options.size.columns, options.unicode);
  if (model.typed())
    picture.cursor = std::min(options.size.columns - 1, width(kTyping + shown_of_typed(model, options)));
  return picture;
}

}  // namespace vedette::top

#include "cli/top_command.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <clocale>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "base/host_name.h"
#include "cli/command.h"
#include "cli/interruption.h"
#include "cli/top/fetcher.h"
#include "cli/top/model.h"
#include "cli/top/screen.h"
#include "cli/top/screen_text.h"

namespace vedette {

namespace {

using top::Model;

top::Question question_of(const Model& model) {
  return {model.flow_filter(), model.flow_sort(), std::chrono::duration<double>(model.interval())};
}

// What the environment says, as for other programs that print tables; else the terminal; else 80×24.
int size_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  int value = 0;
  if (text == nullptr) return otherwise;
  const std::string_view digits(text);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value > 0 ? value : otherwise;
}

top::Size printed_size() {
  winsize terminal{};
  top::Size size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &terminal) == 0 && terminal.ws_col > 0)
    size = {terminal.ws_col, terminal.ws_row};
  return {size_from("COLUMNS", size.columns), size_from("LINES", size.lines)};
}

Result<void> show(Model& model, const Result<top::Answers>& answers) {
  if (!answers) return std::unexpected(answers.error());
  auto look = read_snapshot(*answers);
  if (!look) return std::unexpected(look.error());
  model.take(std::move(*look));
  return {};
}

// Two looks, since rates are differences.
int print_once(const TopRequest& request, Model& model, top::PictureOptions options) {
  const ApiClient api(request.socket);
  for (int looks = 0; looks < 2; looks++) {
    if (looks > 0) std::this_thread::sleep_for(std::chrono::duration<double>(request.interval));
    if (const auto shown = show(model, fetch(api, question_of(model))); !shown)
      return complain(shown.error());
  }
  options.size = printed_size();
  return print(plain_text(make_picture(model, options)));
}

void take_answers(Model& model, top::Fetcher& fetcher) {
  const auto answers = fetcher.take();
  if (!answers) return;
  const auto shown = show(model, *answers);
  if (shown) return;
  if (shown.error().kind != ErrorKind::kUnusable || !model.refuse_filter(shown.error()))
    return model.miss(shown.error());
  fetcher.ask(question_of(model), true);
}

// A sensor that hangs, or a machine so busy that it can't answer.
void tell_long_waiting(Model& model, top::Fetcher& fetcher, const std::string& socket) {
  constexpr std::chrono::seconds kLong{3};
  const auto waited = std::chrono::duration_cast<std::chrono::seconds>(fetcher.waiting());
  if (waited >= kLong)
    model.miss({ErrorKind::kFailed, socket, fmt::format("no answer for {} s", waited.count()), {}});
}

// What the sensor says against being looked at: that it isn't there, that the filter is wrong. Without that
// there is nothing to show. A sensor that says nothing for a while may yet answer.
Result<void> first_answers(Model& model, top::Fetcher& fetcher) {
  constexpr int kMilliseconds = 1000;
  pollfd answers{fetcher.fd(), POLLIN, 0};
  (void)poll(&answers, 1, kMilliseconds);
  const auto first = fetcher.take();
  return first ? show(model, *first) : Result<void>();
}

int run_live(const TopRequest& request, Model& model, top::PictureOptions options) {
  const bool color = !request.no_color && std::getenv("NO_COLOR") == nullptr;
  top::Fetcher fetcher(request.socket);
  fetcher.ask(question_of(model), true);
  if (const auto shown = first_answers(model, fetcher); interrupted())
    return 0;
  else if (!shown)
    return complain(shown.error());
  auto screen = top::Screen::open(color);
  if (!screen) return complain(screen.error());
  while (!interrupted()) {
    tell_long_waiting(model, fetcher, request.socket);
    options.size = (*screen)->size();
    (*screen)->draw(make_picture(model, options));
    if (!(*screen)->wait(fetcher.fd(), std::chrono::seconds(1))) return 1;
    while (const auto key = (*screen)->key()) {
      const top::Outcome outcome = model.press(*key, {top::table_lines(options.size), options.size.columns});
      if (outcome == top::Outcome::kQuit) return 0;
      fetcher.ask(question_of(model), outcome == top::Outcome::kFetch);
    }
    take_answers(model, fetcher);
  }
  return 0;
}

}  // namespace

int run_top(const TopRequest& request) {
  std::setlocale(LC_ALL, "");
  catch_interruption();
  Model model({request.filter, request.interval});
  const top::PictureOptions options{{}, top::shows_unicode(), host_name()};
  return request.once ? print_once(request, model, options) : run_live(request, model, options);
}

void add_top_command(CLI::App& app, TopRequest& request, int& status) {
  CLI::App* command = app.add_subcommand("top", "Watch rates, talkers, services, losses and flows, live");
  command->add_option("--filter", request.filter, "Only flows that match, see pcap-filter(7)");
  command->add_option("-d,--delay", request.interval, "Seconds between looks")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  command->add_flag("-b,--once", request.once, "Print one picture and end");
  command->add_flag("--no-color", request.no_color, "No colours; NO_COLOR does the same");
  add_socket_option(*command, request.socket);
  command->callback([&request, &status] { status = run_top(request); });
}

}  // namespace vedette

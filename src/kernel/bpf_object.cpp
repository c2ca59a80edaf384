#include "kernel/bpf_object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <vector>

namespace vedette {

namespace {

constexpr std::size_t kLinesKept = 4;  // behind the verifier's log stands what it ended on
constexpr std::size_t kLineLength = 4096;

// libbpf's callback takes no context, so where its words go has to be found by the thread.
thread_local std::string* words_of_this_thread = nullptr;

int collect(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG || words_of_this_thread == nullptr) return 0;
  char line[kLineLength];
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  words_of_this_thread->append(line);
  return length;
}

std::string errno_text(int error) {
  return std::strerror(error < 0 ? -error : error);
}

std::string hint_for(int error) {
  if (error == -EPERM || error == EPERM)
    return "run as root, or with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN; some hosts refuse program types "
           "altogether";
  return {};
}

}  // namespace

LibbpfWords::LibbpfWords() {
  libbpf_set_print(collect);
  words_of_this_thread = &text_;
}

LibbpfWords::~LibbpfWords() {
  words_of_this_thread = nullptr;
}

std::string LibbpfWords::last_lines(std::string_view otherwise) const {
  std::vector<std::string_view> lines;
  std::string_view rest = text_;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    if (line.find_first_not_of(" \t") != std::string_view::npos && !line.starts_with("-- "))
      lines.push_back(line);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  if (lines.empty()) return std::string(otherwise);
  const std::size_t first = lines.size() > kLinesKept ? lines.size() - kLinesKept : 0;
  return fmt::format("{}", fmt::join(lines.begin() + static_cast<std::ptrdiff_t>(first), lines.end(), "; "));
}

void BpfLink::Destroy::operator()(bpf_link* link) const {
  bpf_link__destroy(link);
}

int BpfLink::fd() const {
  return link_ ? bpf_link__fd(link_.get()) : -1;
}

void BpfObject::Close::operator()(bpf_object* object) const {
  bpf_object__close(object);
}

Result<BpfObject> BpfObject::open(std::string name, std::span<const std::byte> bytes) {
  const LibbpfWords words;
  bpf_object_open_opts options{};
  options.sz = sizeof options;
  options.object_name = name.c_str();
  bpf_object* object = bpf_object__open_mem(bytes.data(), bytes.size(), &options);
  if (object == nullptr) {
    const int error = errno;
    return failed(name, "kernel program object can't be opened: " + words.last_lines(errno_text(error)));
  }
  return BpfObject(std::move(name), object);
}

Result<bpf_map*> BpfObject::map(std::string_view name) const {
  bpf_map* map = bpf_object__find_map_by_name(object_.get(), std::string(name).c_str());
  if (map == nullptr) return failed(name_, fmt::format("has no map '{}'", name));
  return map;
}

Result<bpf_program*> BpfObject::program(std::string_view name) const {
  bpf_program* program = bpf_object__find_program_by_name(object_.get(), std::string(name).c_str());
  if (program == nullptr) return failed(name_, fmt::format("has no program '{}'", name));
  return program;
}

Result<void> BpfObject::set_max_entries(std::string_view name, std::uint32_t entries) {
  const Result<bpf_map*> found = map(name);
  if (!found) return std::unexpected(found.error());
  if (const int error = bpf_map__set_max_entries(*found, entries); error != 0)
    return failed(name_, fmt::format("map '{}' can't hold {} entries: {}", name, entries, errno_text(error)));
  return {};
}

Result<void> BpfObject::reuse_map(std::string_view name, int fd) {
  const Result<bpf_map*> found = map(name);
  if (!found) return std::unexpected(found.error());
  if (const int error = bpf_map__reuse_fd(*found, fd); error != 0)
    return failed(name_, fmt::format("map '{}' can't be the given one: {}", name, errno_text(error)));
  return {};
}

Result<void> BpfObject::set_autoload(std::string_view name, bool load) {
  const Result<bpf_program*> found = program(name);
  if (!found) return std::unexpected(found.error());
  if (const int error = bpf_program__set_autoload(*found, load); error != 0)
    return failed(name_, fmt::format("program '{}': {}", name, errno_text(error)));
  return {};
}

Result<void> BpfObject::set_read_only_data(std::span<const std::byte> bytes) {
  bpf_map* each = nullptr;
  bpf_object__for_each_map(each, object_.get()) {
    if (!std::string_view(bpf_map__name(each)).ends_with(".rodata")) continue;
    if (const int error = bpf_map__set_initial_value(each, bytes.data(), bytes.size()); error != 0)
      return failed(name_, fmt::format("configuration of {} bytes expected, {} given",
                                       bpf_map__value_size(each), bytes.size()));
    return {};
  }
  return failed(name_, "has no read-only configuration");
}

Result<void> BpfObject::load() {
  const LibbpfWords words;
  const int error = bpf_object__load(object_.get());
  if (error == 0) return {};
  // Of a missing privilege libbpf has only guesses to tell.
  const std::string why = error == -EPERM ? errno_text(error) : words.last_lines(errno_text(error));
  return failed(name_, "the kernel refused it: " + why, hint_for(error));
}

Result<int> BpfObject::program_fd(std::string_view name) const {
  const Result<bpf_program*> found = program(name);
  if (!found) return std::unexpected(found.error());
  const int fd = bpf_program__fd(*found);
  if (fd < 0) return failed(name_, fmt::format("program '{}' is not loaded", name));
  return fd;
}

Result<int> BpfObject::map_fd(std::string_view name) const {
  const Result<bpf_map*> found = map(name);
  if (!found) return std::unexpected(found.error());
  const int fd = bpf_map__fd(*found);
  if (fd < 0) return failed(name_, fmt::format("map '{}' is not in the kernel", name));
  return fd;
}

Result<BpfLink> BpfObject::attach(std::string_view name) const {
  const Result<bpf_program*> found = program(name);
  if (!found) return std::unexpected(found.error());
  const LibbpfWords words;
  bpf_link* link = bpf_program__attach(*found);
  if (link == nullptr) {
    const int error = errno;
    return failed(
        name_, fmt::format("program '{}' can't be attached: {}", name, words.last_lines(errno_text(error))),
        hint_for(error));
  }
  return BpfLink(link);
}

Result<BpfLink> BpfObject::attach_cgroup(std::string_view name, int cgroup_fd) const {
  const Result<bpf_program*> found = program(name);
  if (!found) return std::unexpected(found.error());
  const LibbpfWords words;
  bpf_link* link = bpf_program__attach_cgroup(*found, cgroup_fd);
  if (link == nullptr) {
    const int error = errno;
    return failed(name_,
                  fmt::format("program '{}' can't be attached to the cgroup: {}", name,
                              words.last_lines(errno_text(error))),
                  hint_for(error));
  }
  return BpfLink(link);
}

Result<bpf_prog_info> BpfObject::program_info(std::string_view name) const {
  const Result<int> fd = program_fd(name);
  if (!fd) return std::unexpected(fd.error());
  bpf_prog_info info{};
  std::uint32_t length = sizeof info;
  if (const int error = bpf_obj_get_info_by_fd(*fd, &info, &length); error != 0)
    return failed(name_, fmt::format("program '{}': {}", name, errno_text(error)));
  return info;
}

Result<std::uint32_t> BpfObject::verified_instructions(std::string_view name) const {
  const Result<bpf_prog_info> info = program_info(name);
  if (!info) return std::unexpected(info.error());
  if (info->verified_insns == 0) return failed(name_, "this kernel doesn't tell the verifier's work");
  return info->verified_insns;
}

Result<std::uint64_t> BpfObject::missed_runs(std::string_view name) const {
  const Result<bpf_prog_info> info = program_info(name);
  if (!info) return std::unexpected(info.error());
  return info->recursion_misses;
}

}  // namespace vedette

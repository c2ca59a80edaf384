// One embedded kernel program object: opened, sized, loaded, attached, and undone when it goes away.
// Everything in src/kernel that puts programs into the kernel does it by this; libbpf's own words about a
// failure, the verifier's among them, travel in the Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file_descriptor.h"

struct bpf_link;
struct bpf_map;
struct bpf_object;
struct bpf_prog_info;
struct bpf_program;

namespace vedette {

// An attachment that ends with this value, unless it is pinned. Any thread, one at a time.
class BpfLink {
 public:
  BpfLink() = default;
  explicit BpfLink(bpf_link* link) : link_(link) {}
  [[nodiscard]] explicit operator bool() const { return link_ != nullptr; }
  [[nodiscard]] bpf_link* get() const { return link_.get(); }
  // The link's descriptor, owned here.
  [[nodiscard]] int fd() const;
  void reset() { link_.reset(); }

 private:
  struct Destroy {
    void operator()(bpf_link* link) const;
  };
  std::unique_ptr<bpf_link, Destroy> link_;
};

// Its maps and programs live as long as this, or as pins, links and other descriptors keep them. Any
// thread, one at a time.
class BpfObject {
 public:
  // `bytes` is the object file (embedded: objects::NAME()), `name` stands in errors. Nothing is in the
  // kernel yet.
  [[nodiscard]] static Result<BpfObject> open(std::string name, std::span<const std::byte> bytes);

  // --- before load() ---
  [[nodiscard]] Result<void> set_max_entries(std::string_view map, std::uint32_t entries);
  // The map becomes the one behind `fd`, which is duplicated.
  [[nodiscard]] Result<void> reuse_map(std::string_view map, int fd);
  // Loads the program, or leaves it out; all are loaded unless their section says otherwise ("?").
  [[nodiscard]] Result<void> set_autoload(std::string_view program, bool load);
  // Writes the object's read-only configuration (.rodata) from its start; `bytes` must be as long as it.
  [[nodiscard]] Result<void> set_read_only_data(std::span<const std::byte> bytes);

  // Verifies and loads; what fails says so in libbpf's and the verifier's last lines.
  [[nodiscard]] Result<void> load();

  // --- after load() ---
  // Descriptors stay owned by the object.
  [[nodiscard]] Result<int> program_fd(std::string_view program) const;
  [[nodiscard]] Result<int> map_fd(std::string_view map) const;
  // Attaches by the program's section: tp_btf, raw_tp, tp, iter, …
  [[nodiscard]] Result<BpfLink> attach(std::string_view program) const;
  // Attaches a cgroup or sockops program by a link, beside others' programs.
  [[nodiscard]] Result<BpfLink> attach_cgroup(std::string_view program, int cgroup_fd) const;
  // Instructions that the verifier processed for the program; kernels since 5.16 tell it.
  [[nodiscard]] Result<std::uint32_t> verified_instructions(std::string_view program) const;
  // How often the kernel left the program out because it was already running on that CPU.
  [[nodiscard]] Result<std::uint64_t> missed_runs(std::string_view program) const;

  // For what is not offered above; owned here.
  [[nodiscard]] bpf_object* raw() const { return object_.get(); }
  [[nodiscard]] Result<bpf_program*> program(std::string_view name) const;
  [[nodiscard]] Result<bpf_map*> map(std::string_view name) const;

 private:
  struct Close {
    void operator()(bpf_object* object) const;
  };
  BpfObject(std::string name, bpf_object* object) : name_(std::move(name)), object_(object) {}

  [[nodiscard]] Result<bpf_prog_info> program_info(std::string_view program) const;

  std::string name_;
  std::unique_ptr<bpf_object, Close> object_;
};

// What libbpf says on this thread while this lives, instead of standard error. One at a time a thread.
class LibbpfWords {
 public:
  LibbpfWords();
  ~LibbpfWords();
  LibbpfWords(const LibbpfWords&) = delete;
  LibbpfWords& operator=(const LibbpfWords&) = delete;
  // The last lines as one, or `otherwise` where libbpf said nothing.
  [[nodiscard]] std::string last_lines(std::string_view otherwise) const;

 private:
  std::string text_;
};

}  // namespace vedette

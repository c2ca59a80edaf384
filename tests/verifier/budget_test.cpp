// What the verifier works on each program of each embedded object: a tenth of what it would take (1,000,000
// instructions), so that another kernel's way of following branches doesn't turn a program away.
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abi/config.h"
#include "kernel/bpf_object.h"
#include "kernel_objects.h"
#include "tests/requirements.h"

namespace vedette::tests {
namespace {

constexpr std::uint32_t kBudget = 100'000;

struct Embedded {
  std::string name;
  std::span<const std::byte> bytes;
};

std::vector<Embedded> embedded_objects() {
#define EMBEDDED(object) {#object, objects::object()},
  return {KERNEL_OBJECTS(EMBEDDED)};
#undef EMBEDDED
}

std::vector<bpf_program*> programs_of(const BpfObject& object) {
  std::vector<bpf_program*> programs;
  bpf_program* each = nullptr;
  bpf_object__for_each_program(each, object.raw()) programs.push_back(each);
  return programs;
}

// The verifier folds constants: the packet programs get those of a table of usual size.
void configure(const BpfObject& object) {
  bpf_map* config_map = bpf_object__find_map_by_name(object.raw(), ".rodata.config");
  if (config_map == nullptr) return;
  vdt_config config{};
  for (std::uint64_t key = 0x9e3779b97f4a7c15ULL; auto& hash_key : config.hash_keys) hash_key = key *= 3;
  config.cpus = 2;
  config.sets_mask = (1U << 13) - 1;
  ASSERT_EQ(bpf_map__set_initial_value(config_map, &config, sizeof(config)), 0);
}

// The object with this program alone in the kernel.
Result<std::uint32_t> verified_instructions(const Embedded& embedded, std::string_view program) {
  auto object = BpfObject::open(embedded.name, embedded.bytes);
  if (!object) return std::unexpected(object.error());
  for (bpf_program* each : programs_of(*object))
    bpf_program__set_autoload(each, bpf_program__name(each) == program);
  configure(*object);
  if (auto loaded = object->load(); !loaded) return std::unexpected(loaded.error());
  return object->verified_instructions(program);
}

// Of programs that are left out unless asked for ("?" before their section), a kernel takes one or another.
bool is_variant(const bpf_program* program) {
  return !bpf_program__autoload(program);
}

// Frames in several buffers came to XDP with Linux 5.18.
bool is_for_newer_kernels(const bpf_program* program) {
  return std::string_view(bpf_program__section_name(program)) == "xdp.frags";
}

class VerifierBudget : public ::testing::Test {
 protected:
  void SetUp() override {
    VEDETTE_REQUIRE(kBpf);
    VEDETTE_REQUIRE(kTracing);
  }

  // Programs of `embedded` that this kernel takes; each within the budget.
  static std::size_t check(const Embedded& embedded) {
    const auto object = BpfObject::open(embedded.name, embedded.bytes);
    if (!object) {
      ADD_FAILURE() << object.error().text();
      return 0;
    }
    std::size_t loaded = 0;
    for (const bpf_program* program : programs_of(*object)) {
      const char* name = bpf_program__name(program);
      const auto instructions = verified_instructions(embedded, name);
      fmt::print("verified\t{}\t{}\t{}\t{}\n", embedded.name, name, bpf_program__section_name(program),
                 instructions ? fmt::format("{}", *instructions) : "-");
      if (instructions) {
        loaded++;
        EXPECT_LE(*instructions, kBudget) << name;
      } else {
        EXPECT_TRUE(is_variant(program) || is_for_newer_kernels(program)) << instructions.error().text();
      }
    }
    return loaded;
  }
};

TEST_F(VerifierBudget, IsKeptByEachProgramOfEachObject) {
  const auto objects = embedded_objects();
  ASSERT_GE(objects.size(), 6U);
  for (const Embedded& embedded : objects)
    EXPECT_GT(check(embedded), 0U) << "no program of " << embedded.name;
}

}  // namespace
}  // namespace vedette::tests

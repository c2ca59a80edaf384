// What every object whose programs stand beside the packet programs does to be loaded: it works on their
// maps, has their configuration, keeps maps of its own where theirs are pinned, and is put into their arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/error.h"
#include "kernel/bpf_object.h"
#include "kernel/packet_programs.h"

namespace vedette {

// Before load(): a section of constants (".rodata.limits") begins with these bytes, which are as many as it
// has.
[[nodiscard]] Result<void> set_constants(const BpfObject& object, const char* section,
                                         std::span<const std::byte> bytes);

// Before load(): these maps of the packet programs' become the object's, and so does their configuration.
[[nodiscard]] Result<void> share_maps(const PacketPrograms& programs, std::span<const char* const> names,
                                      BpfObject& object);

// Loads the object with these maps as a dead daemon left them, and pins those that it left none of.
[[nodiscard]] Result<void> load_with_pins(const PacketPrograms& programs, std::span<const char* const> names,
                                          BpfObject& object);

// After load(): puts the object's program at a place in an array of the packet programs'.
[[nodiscard]] Result<void> place_program(const PacketPrograms& programs, const BpfObject& object,
                                         const std::string& program, const char* array, std::uint32_t place);

}  // namespace vedette

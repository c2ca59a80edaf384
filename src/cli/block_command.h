// `vedette block`, `allow`, `unblock`, `blocks`: the block-list and the allow-list by hand.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "cli/command.h"

namespace vedette {

struct BlockRequest {
  std::string prefix;
  std::uint64_t ttl = 0;  // seconds; 0: without an end
  std::string reason;
  bool observe = false;
  bool force = false;
  bool remove = false;  // of `allow`: takes the entry away
  std::string socket;
};

struct BlocksRequest {
  std::string holds;   // an address or network; empty: all
  bool feeds = false;  // what feeds block
  AnswerOptions answer;
};

// Declare the commands; their exit status goes to `status` when one was called. All outlive the parsing.
void add_block_commands(CLI::App& app, BlockRequest& block, BlockRequest& allow, BlockRequest& unblock,
                        BlocksRequest& blocks, int& status);

}  // namespace vedette

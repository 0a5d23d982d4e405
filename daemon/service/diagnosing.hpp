#pragma once

#include "bus/port.hpp"
#include "service/judging.hpp"
#include "service/world.hpp"

#include <asio/awaitable.hpp>

#include <string>
#include <vector>

/// What a text says, and what the disk says to that.
namespace envfix::service {

/// Reads a text that somebody pasted. The environments of this machine that its paths name decide between the causes.
asio::awaitable<void> diagnose_text(World& world, Judging& judging, std::string text,
                                    bus::Done<std::vector<model::Cause>> done);

/// Reads what a command wrote, and looks at the environment that it used: what is broken there on disk as well is certain.
/// A command whose Python cannot be told is diagnosed by its text alone.
asio::awaitable<void> diagnose_command(World& world, Judging& judging, std::string text, model::CommandContext command,
                                       bus::Done<model::CommandDiagnosis> done);

} // namespace envfix::service

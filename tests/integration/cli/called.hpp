#pragma once

#include "report/report.hpp"
#include "report/text.hpp"
#include "support/catch.hpp"
#include "support/child_output.hpp"
#include "support/served_bus.hpp"
#include "support/temp_folder.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

/// envfixctl of this build against a served bus, with a port that notes what it is asked.
namespace envfix {

inline const std::string k_path = "/home/ann/src/shop/.venv";

inline std::vector<std::string> command(std::vector<std::string> words)
{
    words.insert(words.begin(), {ENVFIXCTL, "--user"});
    return words;
}

/// envfixctl against the served bus.
inline ChildOutput ctl(ServedBus& served, std::vector<std::string> words, ChildSetup setup = {})
{
    setup.variables.try_emplace("LC_ALL", "C.UTF-8");
    setup.variables.try_emplace("NO_COLOR", "");
    setup.variables.try_emplace("COLUMNS", "");
    setup.variables.try_emplace("TERM", "xterm");
    return run_child(served.io, command(std::move(words)), setup);
}

inline ChildSetup on_terminal(int width)
{
    ChildSetup setup;
    setup.terminal_width = width;
    return setup;
}

inline ChildSetup with_columns(int columns)
{
    ChildSetup setup;
    setup.variables["COLUMNS"] = std::to_string(columns);
    return setup;
}

inline std::string first_asked(const ServedBus& served)
{
    return served.port.asked.empty() ? std::string{} : served.port.asked.front();
}

inline bool was_asked(const ServedBus& served, const std::string& what)
{
    return std::ranges::find(served.port.asked, what) != served.port.asked.end();
}

/// One line, which begins with the program's name.
inline void is_one_line(const std::string& error)
{
    CHECK(error.starts_with("envfixctl: "));
    CHECK(std::ranges::count(error, '\n') == 1);
    CHECK(error.ends_with('\n'));
}

} // namespace envfix

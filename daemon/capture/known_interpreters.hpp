#pragma once

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "model/interpreter.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace envfix::capture {

/// Interpreters that were described before. A description holds as long as the files and folders that it was read from are the
/// same, by device, inode, size, mtime and ctime; what changed within the last two seconds is not kept, as it could change once
/// more without its times showing it.
class KnownInterpreters {
public:
    /// As describe_interpreter(). `now_ns`: wall clock.
    Result<model::Interpreter> describe(const fs::Tree& tree, const std::string& executable, std::int64_t now_ns);

private:
    /// Nothing where there was no such file.
    using Mark = std::optional<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>>;

    struct Known {
        model::Interpreter interpreter;
        std::vector<Mark> marks;
    };

    static std::vector<Mark> marks_of(const fs::Tree& tree, const model::Interpreter& interpreter);
    static bool is_recent(const std::vector<Mark>& marks, std::int64_t now_ns);

    std::map<std::string, Known> m_known; ///< by executable
};

} // namespace envfix::capture

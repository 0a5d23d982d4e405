#pragma once

#include "base/result.hpp"
#include "process/process.hpp"

#include <optional>
#include <string>

namespace envfix::process {

/// A fresh empty directory, 0700, for a child to run in. Removed with all that it holds at the end.
class Scratch {
public:
    /// Makes one below `parent`, an absolute path to an existing folder of ours. It belongs to
    /// `owner` where that is given and we are root.
    static Result<Scratch> make(const std::string& parent, const std::optional<Identity>& owner);

    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    Scratch(Scratch&& other) noexcept : m_path(std::exchange(other.m_path, {})) {}

    Scratch& operator=(Scratch&& other) noexcept;
    ~Scratch();

    [[nodiscard]] const std::string& path() const { return m_path; }

private:
    explicit Scratch(std::string path) : m_path(std::move(path)) {}

    std::string m_path;
};

} // namespace envfix::process

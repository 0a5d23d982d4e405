#pragma once

#include "base/result.hpp"
#include "fs/status.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace envfix::fs {

/// What one can ask of a path that tells whether the rest that was read there is still so: the times of a file and of a folder
/// tell of their content.
struct Question {
    enum class Kind : std::uint8_t {
        stat,              ///< what the path leads to
        lstat,             ///< what the path is: a link's target is part of it
        real_path,         ///< depends on every link on the way
        forbids_execution  ///< of a folder's mount, which no file tells
    };

    std::string path; ///< absolute
    Kind kind = Kind::stat;

    auto operator<=>(const Question&) const = default;
};

struct Answer {
    std::optional<Status> status; ///< nothing: there is no such file
    std::string text;             ///< of a question that is answered by no status

    bool operator==(const Answer&) const = default;
};

/// Sees what a tree is asked, and what it answers, so that one can ask later whether it would answer the same. Several threads
/// may look at a time.
class Witness {
public:
    using Answers = std::map<Question, Answer>;

    void saw(Question question, Answer answer);
    /// The same for a status: what is not there is an answer, any other error spoils the testimony.
    void saw(Question question, const Result<Status>& answer);
    /// Something was told that none of the questions tells.
    void spoil();

    /// Nothing where it was spoilt, or the same question got two answers.
    [[nodiscard]] std::optional<Answers> testimony() const;

private:
    mutable std::mutex m_mutex;
    Answers m_answers;
    bool m_spoilt = false;
};

} // namespace envfix::fs

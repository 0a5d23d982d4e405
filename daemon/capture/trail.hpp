#pragma once

#include "capture/looked.hpp"
#include "fs/bytes.hpp"
#include "fs/tree.hpp"
#include "fs/witness.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace envfix::capture {

/// All that a look at the machine was drawn from, so that one can ask later, by statuses alone, whether the same look would see
/// the same: as git's index does for a working tree.
class Trail {
public:
    /// From what the witnesses of one look saw. `now_ns`: wall clock before it began. Nothing where it could not be told
    /// later: somebody spoilt it, something had only just changed (FileMark::is_recent), or lies on a file system whose times
    /// cannot be trusted.
    static std::optional<Trail> of(const fs::Tree& tree, std::initializer_list<const fs::Witness*> witnesses, std::int64_t now_ns);

    /// Whether every question that was asked would be answered in the same way now.
    [[nodiscard]] bool holds(const fs::Tree& tree) const;

    /// Nothing was asked: it holds, and says nothing.
    [[nodiscard]] bool is_empty() const;

    void put(fs::ByteWriter& out) const;
    /// What put() wrote; whether it was whole, ByteReader::finish tells.
    static Trail take(fs::ByteReader& in);

private:
    struct Look {
        std::string name; ///< below Group::folder; an absolute path in the group without one
        fs::Question::Kind kind = fs::Question::Kind::stat;
        Mark mark;
        std::string text; ///< fs::Answer::text
    };

    /// Looks below one folder: to ask from there is half the way.
    struct Group {
        std::string folder; ///< empty: none
        std::vector<Look> looks;
    };

    static bool is_same(const fs::Tree& tree, const Group& group);

    std::vector<Group> m_groups;
};

} // namespace envfix::capture

#pragma once

#include "base/result.hpp"
#include "fs/status.hpp"
#include "fs/write_tree.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The single steps of a transaction. Inside of this module only.
namespace envfix::remedy {

/// What tells a file from another one that took its name. A rename changes none of it.
struct Identity {
    fs::FileType type = fs::FileType::unknown;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;    ///< of a regular file or a link
    std::int64_t mtime_ns = 0; ///< of a regular file

    bool operator==(const Identity&) const = default;
};

Identity identity_of(const fs::Status& status);

struct Operation {
    enum class Kind : std::uint8_t {
        make_directory,  ///< `to`, with `mode`
        displace,        ///< `from`, a path of the environment, into the backup at `to`
        place,           ///< `from`, in the stage, to the path `to`
        exchange,        ///< `from`, in the stage, with the path `to`
        remove_directory ///< `from`, if it is empty; `mode` is what it had
    };
    Kind kind = Kind::place;
    std::string from;
    std::string to;
    Identity moved; ///< what lies at `from`
    Identity other; ///< of exchange: what lies at `to`
    std::uint32_t mode = 0;

    bool operator==(const Operation&) const = default;
};

/// All that a transaction does, in order: what is journalled.
struct Operations {
    std::string run;
    std::string root;
    std::string undoes; ///< the run that it takes back; empty for a fix
    std::int64_t made_s = 0;
    std::vector<std::string> sites;
    std::vector<Operation> list;

    bool operator==(const Operations&) const = default;
};

std::string encode(const Operations& operations);
Result<Operations> decode_operations(std::string_view bytes);

/// Where an operation stands, as the tree itself shows.
enum class Progress : std::uint8_t {
    open, ///< not done, or taken back
    done,
    foreign, ///< somebody else put something of his own there
    lost     ///< what it moves is nowhere any more
};
Progress progress(const fs::WriteTree& root, const Operation& operation);

/// Does one operation. ErrorCode::plan_changed where somebody else was there.
Result<void> perform(const fs::WriteTree& root, const Operation& operation);

/// Takes one back, if it was done. Somebody else's files stay as they are and are added to `kept`.
Result<void> take_back(const fs::WriteTree& root, const Operation& operation,
                       std::vector<std::string>& kept);

} // namespace envfix::remedy

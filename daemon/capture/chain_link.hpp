#pragma once

#include "capture/folder_view.hpp"
#include "capture/hash_cache.hpp"
#include "model/chain.hpp"
#include "model/snapshot.hpp"

#include <cstdint>
#include <vector>

namespace envfix::capture {

/// What one link of the chain looks at, the same for all links of a snapshot.
struct LinkView {
    const fs::Tree& tree;
    const FolderViews& folders;
    const model::Interpreter& interpreter;
    const std::vector<model::Distribution>& distributions;
    HashCache& hashes;
    std::vector<model::Unreadable>& unreadable; ///< what could not be read is added
    std::int64_t now_ns = 0; ///< wall clock, nanoseconds since the epoch
};

/// What stands in for `link` here: its metadata, the files its imports take, and how they differ from RECORD.
model::LinkState read_link_state(const LinkView& view, const model::ChainLink& link);

} // namespace envfix::capture

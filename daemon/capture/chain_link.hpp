#pragma once

#include "capture/folder_view.hpp"
#include "model/chain.hpp"
#include "model/snapshot.hpp"

#include <vector>

namespace envfix::capture {

/// What one link of the chain looks at, the same for all links of a snapshot.
struct LinkView {
    const fs::Tree& tree;
    const FolderViews& folders;
    const model::Interpreter& interpreter;
    const std::vector<model::Distribution>& distributions;
    std::vector<model::Unreadable>& unreadable; ///< what could not be read is added
};

/// Which distributions stand in for `link` here. Nothing else of the state is known yet.
model::LinkState find_link(const LinkView& view, const model::ChainLink& link);

/// How what stands in for the link came here, the files that its imports take, and what they state.
void read_modules(const LinkView& view, const model::ChainLink& link, model::LinkState& state);

/// Sources that its imports execute for certain and that are no Python: added to what differs from RECORD, which has to be there.
void read_sources(const LinkView& view, model::LinkState& state);

} // namespace envfix::capture

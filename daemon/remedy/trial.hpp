#pragma once

#include "base/result.hpp"
#include "fs/write_tree.hpp"
#include "model/interpreter.hpp"
#include "remedy/rename_list.hpp"
#include "remedy/target.hpp"
#include "remedy/transaction.hpp"

#include <string>
#include <vector>

/// A copy of the environment as it will be, made of links (DESIGN.md 6.2), so that the chain can be
/// imported by the real interpreter before anything is changed. PYTHONPATH would be no substitute:
/// it skips .pth files and cannot show that something is gone.
namespace envfix::remedy {

/// How the copy is entered.
struct Shadow {
    std::string python;                   ///< absolute
    std::vector<std::string> environment; ///< "NAME=value", beside the environment's own
};

/// One thing to make, relative to the shadow.
struct ShadowEntry {
    enum class Kind : std::uint8_t { folder, link, path_file };
    Kind kind = Kind::link;
    std::string path;
    std::string source; ///< of a link: what it leads to, relative to the root; of a path_file: the
                        ///< .pth it replaces

    bool operator==(const ShadowEntry&) const = default;
};

/// What a shadow holds: real folders on the way to whatever changes, links to all the rest, the
/// staged files in their places and nothing of what goes; .pth files of the site folder are written
/// anew. Folders come before what is in them. Pure, through the view.
std::vector<ShadowEntry> shadow_entries(const Target& target, const std::vector<Change>& changes,
                                        const View& view);

/// The text of a .pth file that says from the shadow what it said in its place: relative lines
/// become absolute, those that lead into the root lead into the shadow. Pure.
/// `site` and `shadow` are absolute; `root` is absolute and holds `site`.
std::string rewrite_pth(const std::string& text, const model::Interpreter& interpreter,
                        const std::string& site, const std::string& root,
                        const std::string& shadow);

/// Builds it in the folder `shadow` (relative to the root, not there yet).
Result<Shadow> build_shadow(const fs::WriteTree& root, const Target& target,
                            const model::Interpreter& interpreter,
                            const std::vector<Change>& changes, const std::string& shadow);

} // namespace envfix::remedy

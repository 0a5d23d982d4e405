#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace envfix::formats {

/// direct_url.json ("Recording the direct URL origin", PEP 610): the package was not taken from an
/// index but from this place.
struct DirectUrl {
    std::string url;          ///< may hold a password: never to be shown as it is
    bool editable = false;    ///< dir_info.editable: the source tree itself is on sys.path
    std::string vcs;          ///< vcs_info.vcs: "git"…
    std::string commit;       ///< vcs_info.commit_id
    std::string archive_hash; ///< archive_info.hash: "sha256=…"

    bool operator==(const DirectUrl&) const = default;
};

/// Reads at most 64 KiB of JSON nested at most 8 deep. Fails if it is no JSON object with a `url`.
Result<DirectUrl> parse_direct_url(std::string_view text);

} // namespace envfix::formats

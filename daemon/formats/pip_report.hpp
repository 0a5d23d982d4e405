#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// One distribution that pip would install.
struct PipReportItem {
    std::string name; ///< as its metadata spells it
    std::string version;

    bool operator==(const PipReportItem&) const = default;
};

/// pip's installation report (`pip install --dry-run --report`, "version": "1"): what would be
/// installed, in its order. Reads at most 64 MiB of JSON nested at most 32 deep, and 2,000 items.
/// ErrorCode::malformed for what is no such report, or an item without name or version.
Result<std::vector<PipReportItem>> parse_pip_report(std::string_view text);

} // namespace envfix::formats

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// One header field of METADATA or PKG-INFO.
struct Header {
    std::string name;  ///< as written; comparisons ignore its case
    std::string value; ///< without leading blanks; a folded value keeps its line breaks, as `\n`

    bool operator==(const Header&) const = default;
};

struct Metadata {
    std::vector<Header> headers; ///< in the order of the file, repeated ones included
    std::string body;            ///< what follows the headers, line ends as `\n`

    /// The first value of this name, in any case.
    [[nodiscard]] const std::string* first(std::string_view name) const;

    bool operator==(const Metadata&) const = default;
};

/// Reads the text as Python's email parser does for importlib.metadata: `\r`, `\n`, `\r\n` end
/// lines; a line that begins with a blank or tab continues the one before; the first line that is
/// neither header nor continuation ends the headers, and unless it is empty belongs to the body.
Metadata parse_metadata(std::string_view text);

/// What envfix wants of METADATA.
struct CoreMetadata {
    std::optional<std::string> name;    ///< the first of several; white space at its ends removed
    std::optional<std::string> version; ///< likewise
    std::vector<std::string> requires_dist; ///< folded lines joined by a blank, ends trimmed
    std::vector<std::string> provides_extra;
    std::optional<std::string> requires_python;
    bool not_utf8 = false; ///< the text holds bytes that make importlib.metadata raise

    bool operator==(const CoreMetadata&) const = default;
};

/// The same rules as parse_metadata, but stops at the end of the headers and copies nothing else.
CoreMetadata parse_core_metadata(std::string_view text);

} // namespace envfix::formats

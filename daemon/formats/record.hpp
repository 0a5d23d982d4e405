#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// One row of RECORD ("Recording installed projects", PyPA specification).
struct RecordEntry {
    std::string path;      ///< relative to the directory that holds the dist-info, or absolute
    std::string algorithm; ///< "sha256"; empty where no hash is recorded
    std::string digest;    ///< URL-safe base64 without padding, as written
    std::optional<std::int64_t> size; ///< below 0 where the file says so: no file has it

    bool operator==(const RecordEntry&) const = default;
};

enum class RecordFault : unsigned char {
    blank_row,     ///< importlib.metadata refuses the whole file (TypeError)
    extra_columns, ///< the same
    bad_size,      ///< neither empty nor a number of 63 bits (ValueError)
    long_field     ///< beyond the 131072 characters of Python's csv module
};

struct RecordProblem {
    std::size_t row = 0; ///< the first row is 1
    RecordFault fault{};

    bool operator==(const RecordProblem&) const = default;
};

struct Record {
    std::vector<RecordEntry> entries; ///< rows with a problem are not here, save one with bad_size
    std::vector<RecordProblem> problems; ///< the first 100
    bool not_utf8 = false;

    bool operator==(const Record&) const = default;
};

/// Reads RECORD as Python's csv module does: `"` quotes, `""` within quotes is one, a missing
/// closing quote takes in what follows. Never fails: what is wrong is in `problems`.
Record parse_record(std::string_view text);

/// The digest as lower-case hexadecimal; nothing if it is no URL-safe base64.
std::optional<std::string> hex_digest(const RecordEntry& entry);

/// URL-safe base64 with or without padding to bytes; nothing if it is none.
std::optional<std::string> decode_urlsafe_base64(std::string_view text);

} // namespace envfix::formats

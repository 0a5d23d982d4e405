#pragma once

#include "base/result.hpp"
#include "formats/elf.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace envfix::formats {

/// The symbols that a file offers to others, asked for by name through its hash table, as the loader does: nothing is taken
/// apart that nobody asks for.
class ElfExports {
public:
    /// Reads at most 1 MiB. Fails where read_elf does.
    static Result<ElfExports> read(const ReadAt& read, std::uint64_t file_size);

    [[nodiscard]] bool defines(std::string_view name) const;

    /// False if a table is damaged or larger than envfix reads: what is not found may be there all the same.
    [[nodiscard]] bool is_complete() const { return m_complete; }

private:
    [[nodiscard]] std::uint32_t number(std::string_view bytes, std::size_t index) const;
    [[nodiscard]] bool is_definition(std::size_t symbol, std::string_view name) const;
    [[nodiscard]] bool defines_by_gnu_hash(std::string_view name) const;
    [[nodiscard]] bool defines_by_hash(std::string_view name) const;

    bool m_is_64_bit = true;
    bool m_little_endian = true;
    bool m_complete = false;
    bool m_gnu = false;           ///< which of the two kinds of table it is
    std::size_t m_first = 0;      ///< number of the first symbol that is in the GNU table
    std::string m_buckets;        ///< numbers of 32 bits
    std::string m_chains;         ///< likewise
    std::string m_symbols;
    std::string m_strings;
};

} // namespace envfix::formats

#pragma once

#include "formats/elf.hpp"
#include "formats/elf_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The inside of the ELF parser: the parts of a file that the loader reads, fetched when asked for.
namespace envfix::formats {

struct ElfSegment {
    std::uint32_t type = 0;
    std::uint64_t offset = 0;
    std::uint64_t address = 0;
    std::uint64_t file_bytes = 0;
};

struct ElfDynamic {
    std::uint64_t tag = 0;
    std::uint64_t value = 0;
};

/// a + b, and the largest number there is where that overflows: such an end lies in no file.
constexpr std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

class ElfImage {
public:
    static constexpr std::size_t k_read_limit = std::size_t{1} << 20U;

    /// Reads header, segments and dynamic section. `read` outlives the image.
    static Result<ElfImage> open(const ReadAt& read, std::uint64_t file_size);

    [[nodiscard]] const ElfHeader& header() const { return m_header; }

    [[nodiscard]] const std::vector<ElfSegment>& segments() const { return m_segments; }

    [[nodiscard]] const std::vector<ElfDynamic>& dynamic() const { return m_dynamic; }

    /// The value of the last entry with this tag: the loader, too, lets the last one win.
    [[nodiscard]] std::optional<std::uint64_t> dynamic_value(std::uint64_t tag) const;

    /// Exactly these bytes of the file, or nothing and a fault.
    std::optional<std::string> bytes(std::uint64_t offset, std::uint64_t size);

    /// Where in the file the loader finds an address, and how many bytes of the segment follow.
    struct Place {
        std::uint64_t offset = 0;
        std::uint64_t available = 0;
    };

    [[nodiscard]] std::optional<Place> place_of(std::uint64_t address) const;

    /// Up to `most` bytes at an address, fewer where segment or file end; nothing and a fault if
    /// there is none.
    std::optional<std::string> bytes_at(std::uint64_t address, std::uint64_t most);

    /// A string of the dynamic string table.
    std::optional<std::string> string(std::uint64_t index);

    /// Numbers in `bytes`, in the file's class and byte order.
    [[nodiscard]] ElfFields fields(std::string_view bytes) const
    {
        return {bytes, m_header.is_64_bit, m_header.little_endian};
    }

    void note(ElfFault fault);

    [[nodiscard]] const std::vector<ElfFault>& faults() const { return m_faults; }

    /// The error that `read` gave, after which nothing more is read.
    [[nodiscard]] const std::optional<Error>& read_error() const { return m_read_error; }

private:
    ElfImage(const ReadAt& read, std::uint64_t file_size) : m_read(&read), m_file_size(file_size) {}

    void read_segments();
    void read_dynamic();

    const ReadAt* m_read;
    std::uint64_t m_file_size;
    std::size_t m_bytes_read = 0;
    std::optional<Error> m_read_error;
    std::vector<ElfFault> m_faults;
    ElfHeader m_header;
    std::vector<ElfSegment> m_segments;
    std::vector<ElfDynamic> m_dynamic;
    std::string m_strings;             ///< a part of the string table, kept for the next string
    std::uint64_t m_strings_begin = 0; ///< index of its first byte
};

} // namespace envfix::formats

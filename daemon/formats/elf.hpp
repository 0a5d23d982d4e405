#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// ELF files as the dynamic loader sees them, read in small ranges: never more than 1 MiB of a
/// file, whatever its size says. Every number in the file is taken for a lie until it is checked.
namespace envfix::formats {

/// What the first bytes of a compiled file say.
enum class BinaryKind : unsigned char { empty, unknown, elf, mach_o, pe, script, archive };
BinaryKind binary_kind(std::string_view first_bytes);

/// A CPU in the words of platform.machine(): "x86_64", "aarch64"…; "em-N" for one that has no name
/// here. An x32 file is "x86_64" with 32 bits.
std::string machine_name(std::uint16_t machine, bool is_64_bit, bool little_endian);

enum class ElfType : std::uint16_t {
    none = 0,
    relocatable = 1,
    executable = 2,
    shared = 3,
    core = 4
};

/// The fixed part at the beginning of the file.
struct ElfHeader {
    bool is_64_bit = false;
    bool little_endian = false;
    std::uint16_t type = 0;            ///< an ElfType, or a number of the operating system's
    std::uint16_t machine = 0;         ///< e_machine; machine_name() says it in words
    std::uint64_t program_headers = 0; ///< file offset
    std::uint16_t program_header_size = 0;
    std::uint16_t program_header_count = 0;
    std::uint64_t section_headers = 0; ///< file offset, 0 if there are none
    std::uint16_t section_header_size = 0;
    std::uint16_t section_header_count = 0;

    [[nodiscard]] std::string machine_text() const
    {
        return machine_name(machine, is_64_bit, little_endian);
    }

    bool operator==(const ElfHeader&) const = default;
};

/// Reads the header from the first bytes of a file; 64 are enough.
Result<ElfHeader> parse_elf_header(std::string_view first_bytes);

/// A version that the file wants of another one: libc.so.6 must offer GLIBC_2.28.
struct VersionNeed {
    std::string file;
    std::string version;
    bool weak = false;       ///< its absence is only warned of
    std::uint32_t hash = 0;  ///< the loader compares it, too
    std::uint16_t index = 0; ///< by which the file's symbols refer to it

    bool operator==(const VersionNeed&) const = default;
};

/// A version that the file offers; the first one is its own name.
struct VersionOffer {
    std::string version;
    std::uint32_t hash = 0;

    bool operator==(const VersionOffer&) const = default;
};

/// What is wrong inside the file; all that could be read all the same is there.
enum class ElfFault : unsigned char {
    beyond_end, ///< a table that the loader needs lies behind the end of the file
    bad_table,  ///< a table has an impossible size or refers to nothing
    limit       ///< more than envfix reads: strings, entries or bytes
};

struct ElfFile {
    ElfHeader header;
    std::optional<std::string> interpreter; ///< PT_INTERP; of executables
    std::optional<std::string> soname;
    std::optional<std::string> rpath;   ///< as written, `:` between the folders
    std::optional<std::string> runpath; ///< where it is there, the loader ignores rpath
    std::vector<std::string> needed;    ///< DT_NEEDED in order
    std::vector<VersionNeed> version_needs;
    std::vector<VersionOffer> version_offers; ///< empty: its symbols have no versions
    bool no_default_folders = false;          ///< DF_1_NODEFLIB
    std::vector<ElfFault> faults;   ///< each at most once
    std::uint64_t loaded_size = 0;  ///< what the loaded segments and the header table demand
    std::uint64_t section_size = 0; ///< what the section table and the sections demand
    std::uint64_t file_size = 0;

    /// Loading it ends in SIGBUS or an error of the loader.
    [[nodiscard]] bool is_cut_in_segments() const { return loaded_size > file_size; }

    /// Only what no loader reads is missing: no symptom, but the hash differs.
    [[nodiscard]] bool is_cut_in_sections() const
    {
        return section_size > file_size && !is_cut_in_segments();
    }

    bool operator==(const ElfFile&) const = default;
};

/// Reads `size` bytes at `offset`; fewer only at the end of the file. The caller's pread.
using ReadAt = std::function<Result<std::string>(std::uint64_t offset, std::size_t size)>;

/// Reads what the loader would look at. Fails if it is no ELF file or if `read` fails; whatever
/// else is wrong with it is in the value.
Result<ElfFile> read_elf(const ReadAt& read, std::uint64_t file_size);

struct ElfSymbol {
    std::string name;
    bool defined = false; ///< else the file wants it from another one
    bool weak = false;
    std::uint16_t version = 0; ///< VersionNeed::index of one that is wanted; 0: of no version

    bool operator==(const ElfSymbol&) const = default;
};

struct ElfSymbols {
    std::vector<ElfSymbol> symbols; ///< in the order of the table; nameless ones left out
    bool complete = false;          ///< false if the table is damaged or larger than envfix reads

    bool operator==(const ElfSymbols&) const = default;
};

/// Reads the dynamic symbol table: what the file offers (`PyInit__cffi_backend`) and what it wants
/// (`PyType_Freeze`). Reads at most 1 MiB.
Result<ElfSymbols> read_elf_symbols(const ReadAt& read, std::uint64_t file_size);

} // namespace envfix::formats

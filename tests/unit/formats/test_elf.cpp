#include "formats/elf.hpp"
#include "formats/elf_exports.hpp"
#include "support/catch.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

using namespace envfix;
using namespace envfix::formats;

namespace {

std::string contents(const char* path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

const std::string& fixture()
{
    static const std::string bytes = contents(ENVFIX_ELF_FIXTURE);
    return bytes;
}

/// A file in memory that counts what is read of it.
struct Bytes {
    std::string_view bytes;
    std::size_t read = 0;

    ReadAt reader()
    {
        return [this](std::uint64_t offset, std::size_t size) -> Result<std::string> {
            const auto begin = std::min<std::uint64_t>(offset, bytes.size());
            std::string part(bytes.substr(begin, size));
            read += part.size();
            return part;
        };
    }
};

Result<ElfFile> parse(std::string_view bytes)
{
    Bytes source{.bytes = bytes};
    return read_elf(source.reader(), bytes.size());
}

const ElfSymbol* find(const ElfSymbols& symbols, std::string_view name)
{
    const auto found = std::ranges::find(symbols.symbols, name, &ElfSymbol::name);
    return found == symbols.symbols.end() ? nullptr : &*found;
}

template <class T>
void put(std::string& bytes, std::size_t at, const T& value)
{
    bytes.replace(at, sizeof value, reinterpret_cast<const char*>(&value), sizeof value);
}

/// A file that offers the versions "A" and "B" and wants "A" and "B" of "lib"; each structure lies `apart` bytes after the one
/// that leads to it.
std::string file_with_versions(std::uint32_t apart)
{
    constexpr std::size_t k_dynamic = 512;
    constexpr std::size_t k_strings = 1024;
    constexpr std::size_t k_offers = 2048;
    const std::size_t needs = k_offers + 4UL * apart;
    std::string bytes(needs + 4UL * apart, '\0');
    Elf64_Ehdr header{.e_type = ET_DYN, .e_machine = EM_X86_64, .e_phoff = sizeof header, .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2};
    std::ranges::copy("\x7f" "ELF\x02\x01\x01", header.e_ident);
    put(bytes, 0, header);
    put(bytes, sizeof header, Elf64_Phdr{.p_type = PT_LOAD, .p_filesz = bytes.size(), .p_memsz = bytes.size()});
    const std::array<Elf64_Dyn, 7> dynamic{{{DT_STRTAB, {k_strings}}, {DT_STRSZ, {64}}, {DT_VERDEF, {k_offers}}, {DT_VERDEFNUM, {2}},
                                            {DT_VERNEED, {needs}}, {DT_VERNEEDNUM, {1}}, {DT_NULL, {0}}}};
    put(bytes, sizeof header + sizeof(Elf64_Phdr),
        Elf64_Phdr{.p_type = PT_DYNAMIC, .p_offset = k_dynamic, .p_vaddr = k_dynamic, .p_filesz = sizeof dynamic});
    put(bytes, k_dynamic, dynamic);
    bytes.replace(k_strings + 1, 7, std::string_view("A\0B\0lib", 7));
    put(bytes, k_offers, Elf64_Verdef{.vd_hash = 11, .vd_aux = apart, .vd_next = 2 * apart});
    put(bytes, k_offers + apart, Elf64_Verdaux{.vda_name = 1});
    put(bytes, k_offers + 2UL * apart, Elf64_Verdef{.vd_hash = 12, .vd_aux = apart});
    put(bytes, k_offers + 3UL * apart, Elf64_Verdaux{.vda_name = 3});
    put(bytes, needs, Elf64_Verneed{.vn_cnt = 2, .vn_file = 5, .vn_aux = apart});
    put(bytes, needs + apart, Elf64_Vernaux{.vna_hash = 21, .vna_other = 2, .vna_name = 1, .vna_next = apart});
    put(bytes, needs + 2UL * apart, Elf64_Vernaux{.vna_hash = 22, .vna_other = 3, .vna_name = 3});
    return bytes;
}

} // namespace

TEST_CASE("a shared object tells what it is and what it needs")
{
    const auto file = parse(fixture());
    REQUIRE(file);
    CHECK(file->faults.empty());
    CHECK(file->header.is_64_bit == (sizeof(void*) == 8));
    CHECK(file->header.type == static_cast<std::uint16_t>(ElfType::shared));
    CHECK(file->soname == "fixture.so.1");
    CHECK(file->runpath == "$ORIGIN/libs:/opt/lib");
    CHECK_FALSE(file->rpath);
    CHECK(std::ranges::count(file->needed, "libc.so.6") == 1);
    CHECK(std::ranges::any_of(file->version_needs, [](const VersionNeed& need) {
        return need.file == "libc.so.6" && need.version.starts_with("GLIBC_2.");
    }));
    CHECK_FALSE(file->interpreter);
    CHECK(file->loaded_size > 0);
    CHECK(file->section_size == fixture().size());
    CHECK_FALSE(file->is_cut_in_segments());
    CHECK_FALSE(file->is_cut_in_sections());
}

TEST_CASE("the dynamic symbols tell what a shared object offers and wants")
{
    Bytes source{.bytes = fixture()};
    const auto symbols = read_elf_symbols(source.reader(), fixture().size());
    REQUIRE(symbols);
    CHECK(symbols->complete);
    REQUIRE(find(*symbols, "PyInit__fixture") != nullptr);
    CHECK(*find(*symbols, "PyInit__fixture") == ElfSymbol{"PyInit__fixture", true, false});
    REQUIRE(find(*symbols, "PyType_Freeze") != nullptr);
    CHECK(*find(*symbols, "PyType_Freeze") == ElfSymbol{"PyType_Freeze", false, false});
    REQUIRE(find(*symbols, "Py_MaybeThere") != nullptr);
    CHECK(*find(*symbols, "Py_MaybeThere") == ElfSymbol{"Py_MaybeThere", false, true});
    CHECK(find(*symbols, "main") == nullptr);
}

TEST_CASE("a shared object tells which versions it offers, by name and hash")
{
    const auto file = parse(fixture());
    REQUIRE(file);
    REQUIRE(file->version_offers.size() == 3);
    CHECK(file->version_offers[0].version == "fixture.so.1"); // its own name comes first
    CHECK(file->version_offers[1] == VersionOffer{"FIXTURE_1", 0x0d9a21c1});
    CHECK(file->version_offers[2] == VersionOffer{"FIXTURE_2", 0x0d9a21c2});
    CHECK_FALSE(file->no_default_folders);
}

TEST_CASE("the versions of a file are the same, near to each other and far apart")
{
    for (const std::uint32_t apart : {64U, 4096U, 20000U, 60000U}) {
        INFO(apart);
        const auto file = parse(file_with_versions(apart));
        REQUIRE(file);
        CHECK(file->faults.empty());
        CHECK(file->version_offers == std::vector<VersionOffer>{{"A", 11}, {"B", 12}});
        CHECK(file->version_needs == std::vector<VersionNeed>{{.file = "lib", .version = "A", .weak = false, .hash = 21, .index = 2},
                                                              {.file = "lib", .version = "B", .weak = false, .hash = 22, .index = 3}});
    }
}

TEST_CASE("a symbol that is wanted in a version refers to that version")
{
    const auto file = parse(fixture());
    Bytes source{.bytes = fixture()};
    const auto symbols = read_elf_symbols(source.reader(), fixture().size());
    REQUIRE(symbols);
    const auto* puts = find(*symbols, "puts");
    REQUIRE(puts != nullptr);
    const auto need = std::ranges::find(file->version_needs, puts->version, &VersionNeed::index);
    REQUIRE(need != file->version_needs.end());
    CHECK(need->version == "GLIBC_2.2.5");
    CHECK(need->hash == 0x09691a75);
}

TEST_CASE("what a file offers is found through its hash table, and nothing else")
{
    Bytes source{.bytes = fixture()};
    const auto exports = ElfExports::read(source.reader(), fixture().size());
    REQUIRE(exports);
    CHECK(exports->is_complete());
    CHECK(exports->defines("PyInit__fixture"));
    CHECK(exports->defines("fixture_later"));
    CHECK_FALSE(exports->defines("PyType_Freeze"));
    CHECK_FALSE(exports->defines("PyInit__fixtur"));
    CHECK_FALSE(exports->defines(""));
}

TEST_CASE("exports of a file that is cut, or lies, are not complete or not wrong")
{
    for (std::size_t size = 0; size < fixture().size(); size += 13) {
        const auto cut = fixture().substr(0, size);
        Bytes source{.bytes = cut};
        const auto exports = ElfExports::read(source.reader(), size);
        if (exports) (void)exports->defines("PyInit__fixture");
    }
    auto bytes = fixture();
    for (std::size_t at = 16; at < std::min<std::size_t>(bytes.size(), 2048); ++at) {
        const char before = bytes[at];
        bytes[at] = '\xff';
        Bytes source{.bytes = bytes};
        const auto exports = ElfExports::read(source.reader(), bytes.size());
        if (exports) (void)exports->defines("PyInit__fixture");
        bytes[at] = before;
        REQUIRE(source.read <= 2U << 20U);
    }
}

TEST_CASE("the running test says which interpreter loads it")
{
    std::ifstream self("/proc/self/exe", std::ios::binary | std::ios::ate);
    const auto size = static_cast<std::uint64_t>(self.tellg());
    std::size_t bytes_read = 0;
    const auto file = read_elf(
        [&](std::uint64_t offset, std::size_t count) -> Result<std::string> {
            std::string part(count, '\0');
            self.seekg(static_cast<std::streamoff>(offset));
            self.read(part.data(), static_cast<std::streamsize>(count));
            bytes_read += count;
            return part;
        },
        size);
    REQUIRE(file);
    REQUIRE(file->interpreter);
    CHECK(file->interpreter->find("/ld-") != std::string::npos);
    CHECK(bytes_read < 1U << 20U);
}

TEST_CASE("a file cut anywhere is read without harm, and said to be cut where it matters")
{
    const auto whole = parse(fixture());
    REQUIRE(whole);
    for (std::size_t size = 0; size < fixture().size(); size += size < 1024 ? 1 : 29) {
        const auto cut = fixture().substr(0, size);
        const auto file = parse(cut);
        Bytes source{.bytes = cut};
        const auto symbols = read_elf_symbols(source.reader(), size);
        if (size < sizeof(Elf64_Ehdr)) {
            REQUIRE_FALSE(file);
            REQUIRE_FALSE(symbols);
            continue;
        }
        REQUIRE(file);
        REQUIRE(file->is_cut_in_segments() == (size < whole->loaded_size));
        REQUIRE(file->is_cut_in_sections() == (size >= whole->loaded_size));
        REQUIRE(symbols);
    }
}

TEST_CASE("a file that shrinks while it is read is not waited for")
{
    Bytes source{.bytes = std::string_view(fixture()).substr(0, 600)};
    const auto file = read_elf(source.reader(), fixture().size());
    REQUIRE(file);
    CHECK(std::ranges::count(file->faults, ElfFault::beyond_end) == 1);
}

TEST_CASE("an error of the caller's pread is handed on")
{
    int calls = 0;
    const auto file = read_elf(
        [&calls](std::uint64_t offset, std::size_t size) -> Result<std::string> {
            if (++calls > 2) return fail(ErrorCode::io, "disk");
            return fixture().substr(offset, size);
        },
        fixture().size());
    REQUIRE_FALSE(file);
    CHECK(file.error() == Error{ErrorCode::io, "disk"});
}

TEST_CASE("any byte of the headers may lie")
{
    auto bytes = fixture();
    const auto end = std::min<std::size_t>(bytes.size(), 704); // the segment table ends there
    for (std::size_t at = 16; at < end; ++at) {
        const char before = bytes[at];
        for (const char lie : {'\xff', '\0'}) {
            bytes[at] = lie;
            Bytes source{.bytes = bytes};
            (void)read_elf(source.reader(), bytes.size());
            (void)read_elf_symbols(source.reader(), bytes.size());
            REQUIRE(source.read <= 4U << 20U);
        }
        bytes[at] = before;
    }
}

TEST_CASE("numbers at the edge of 64 bits do not wrap around")
{
    auto bytes = fixture();
    for (std::size_t i = 0; i < 8; ++i)
        bytes[offsetof(Elf64_Ehdr, e_shoff) + i] = '\xff';
    const auto file = parse(bytes);
    REQUIRE(file);
    CHECK(file->section_size == UINT64_MAX);
    CHECK(file->is_cut_in_sections());
    CHECK(file->needed == parse(fixture())->needed);
}

TEST_CASE("a 32-bit big-endian header is read as such")
{
    std::string header("\x7f"
                       "ELF\x01\x02\x01",
                       7);
    header.resize(sizeof(Elf32_Ehdr));
    header[17] = 3;      // e_type
    header[19] = EM_PPC; // e_machine
    header[31] = 0x34;   // e_phoff
    header[43] = 32;     // e_phentsize
    header[45] = 2;      // e_phnum
    const auto got = parse_elf_header(header);
    REQUIRE(got);
    CHECK(*got == ElfHeader{.is_64_bit = false,
                            .little_endian = false,
                            .type = 3,
                            .machine = EM_PPC,
                            .program_headers = 0x34,
                            .program_header_size = 32,
                            .program_header_count = 2});
    CHECK(got->machine_text() == "ppc");
    CHECK(parse_elf_header(std::string_view(header).substr(0, 51)).error().message ==
          "file too short");
}

TEST_CASE("machines have the names of platform.machine")
{
    CHECK(machine_name(EM_X86_64, true, true) == "x86_64");
    CHECK(machine_name(EM_AARCH64, true, true) == "aarch64");
    CHECK(machine_name(EM_PPC64, true, true) == "ppc64le");
    CHECK(machine_name(EM_PPC64, true, false) == "ppc64");
    CHECK(machine_name(4711, true, true) == "em-4711");
}

TEST_CASE("the first bytes tell the kind of a compiled file")
{
    struct Case {
        std::string bytes;
        BinaryKind want;
    };

    const auto c = GENERATE(values<Case>({
        {"", BinaryKind::empty},
        {std::string(64, '\0'), BinaryKind::unknown},
        {"\x7f"
         "ELF",
         BinaryKind::elf},
        {"\xcf\xfa\xed\xfe", BinaryKind::mach_o},
        {std::string("\xca\xfe\xba\xbe\0\0\0\2", 8), BinaryKind::mach_o},
        {std::string("\xca\xfe\xba\xbe\0\0\0\x34", 8), BinaryKind::unknown},
        {"MZ\x90", BinaryKind::pe},
        {"#!/bin/sh", BinaryKind::script},
        {"!<arch>\n", BinaryKind::archive},
    }));
    CHECK(binary_kind(c.bytes) == c.want);
    if (c.want != BinaryKind::elf) CHECK_FALSE(parse_elf_header(c.bytes));
}

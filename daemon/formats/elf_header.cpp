#include "formats/elf.hpp"
#include "formats/elf_reader.hpp"

#include <elf.h>

#include <array>
#include <cstddef>
#include <utility>

namespace envfix::formats {

namespace {

struct Machine {
    std::uint16_t number;
    std::string_view name;
};

constexpr std::array<Machine, 12> k_machines{{{EM_X86_64, "x86_64"},
                                              {EM_AARCH64, "aarch64"},
                                              {EM_386, "i686"},
                                              {EM_ARM, "armv7l"},
                                              {EM_RISCV, "riscv64"},
                                              {EM_S390, "s390x"},
                                              {EM_PPC64, "ppc64"},
                                              {EM_PPC, "ppc"},
                                              {EM_LOONGARCH, "loongarch64"},
                                              {EM_MIPS, "mips"},
                                              {EM_SPARCV9, "sparc64"},
                                              {EM_ALPHA, "alpha"}}};

bool is_mach_o(std::string_view bytes)
{
    // Both byte orders, 32 and 64 bits. The universal form (cafebabe) is also Java's: its fifth
    // to eighth byte is a small number of architectures, Java's a version above 40.
    constexpr std::array<std::string_view, 4> k_magics{"\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf",
                                                       "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe"};
    for (const auto magic : k_magics)
        if (bytes.starts_with(magic)) return true;
    return bytes.size() >= 8 && bytes.starts_with("\xca\xfe\xba\xbe") && bytes[4] == 0 &&
           bytes[5] == 0 && bytes[6] == 0 && static_cast<unsigned char>(bytes[7]) < 40;
}

} // namespace

BinaryKind binary_kind(std::string_view first_bytes)
{
    if (first_bytes.empty()) return BinaryKind::empty;
    if (first_bytes.starts_with("\x7f"
                                "ELF"))
        return BinaryKind::elf;
    if (is_mach_o(first_bytes)) return BinaryKind::mach_o;
    if (first_bytes.starts_with("MZ")) return BinaryKind::pe;
    if (first_bytes.starts_with("#!")) return BinaryKind::script;
    if (first_bytes.starts_with("!<arch>\n") || first_bytes.starts_with("PK\x03\x04"))
        return BinaryKind::archive;
    return BinaryKind::unknown;
}

std::string machine_name(std::uint16_t machine, bool is_64_bit, bool little_endian)
{
    if (machine == EM_RISCV && !is_64_bit) return "riscv32";
    if (machine == EM_PPC64 && little_endian) return "ppc64le";
    if (machine == EM_MIPS && is_64_bit) return "mips64";
    for (const auto& known : k_machines)
        if (known.number == machine) return std::string(known.name);
    return "em-" + std::to_string(machine);
}

Result<ElfHeader> parse_elf_header(std::string_view first_bytes)
{
    if (binary_kind(first_bytes) != BinaryKind::elf)
        return fail(ErrorCode::malformed, "not an ELF file");
    if (first_bytes.size() < EI_NIDENT) return fail(ErrorCode::malformed, "file too short");
    const auto file_class = first_bytes[EI_CLASS];
    const auto encoding = first_bytes[EI_DATA];
    if (file_class != ELFCLASS32 && file_class != ELFCLASS64)
        return fail(ErrorCode::malformed, "ELF class is neither 32 nor 64 bits");
    if (encoding != ELFDATA2LSB && encoding != ELFDATA2MSB)
        return fail(ErrorCode::malformed, "ELF byte order is neither little nor big");
    ElfHeader header{.is_64_bit = file_class == ELFCLASS64,
                     .little_endian = encoding == ELFDATA2LSB};
    const ElfFields fields(first_bytes, header.is_64_bit, header.little_endian);
    if (first_bytes.size() < fields.pick(sizeof(Elf32_Ehdr), sizeof(Elf64_Ehdr)))
        return fail(ErrorCode::malformed, "file too short");
    header.type = fields.u16(offsetof(Elf64_Ehdr, e_type));
    header.machine = fields.u16(offsetof(Elf64_Ehdr, e_machine));
    header.program_headers =
        fields.word(offsetof(Elf32_Ehdr, e_phoff), offsetof(Elf64_Ehdr, e_phoff));
    header.section_headers =
        fields.word(offsetof(Elf32_Ehdr, e_shoff), offsetof(Elf64_Ehdr, e_shoff));
    const auto half = [&fields](std::size_t offset32, std::size_t offset64) {
        return fields.u16(fields.pick(offset32, offset64));
    };
    header.program_header_size =
        half(offsetof(Elf32_Ehdr, e_phentsize), offsetof(Elf64_Ehdr, e_phentsize));
    header.program_header_count =
        half(offsetof(Elf32_Ehdr, e_phnum), offsetof(Elf64_Ehdr, e_phnum));
    header.section_header_size =
        half(offsetof(Elf32_Ehdr, e_shentsize), offsetof(Elf64_Ehdr, e_shentsize));
    header.section_header_count =
        half(offsetof(Elf32_Ehdr, e_shnum), offsetof(Elf64_Ehdr, e_shnum));
    return header;
}

} // namespace envfix::formats

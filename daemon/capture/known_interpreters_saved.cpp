// KnownInterpreters as bytes: what a short-lived process leaves for the next one.
#include "capture/known_interpreters.hpp"
#include "fs/bytes.hpp"

#include <algorithm>

namespace envfix::capture {

namespace {

constexpr std::uint32_t k_format = 0x31496645; // "EfI1"
constexpr std::size_t k_most_saved = 64;

void put(fs::ByteWriter& out, const model::Interpreter& i)
{
    for (const auto* text : {&i.executable, &i.real_path, &i.version, &i.implementation, &i.soabi, &i.multiarch, &i.platform,
                             &i.libc_version, &i.prefix, &i.base_prefix, &i.stdlib}) {
        out.text(*text);
    }
    out.u32(static_cast<std::uint32_t>(i.extension_suffixes.size()));
    for (const auto& suffix : i.extension_suffixes) out.text(suffix);
    out.u32(static_cast<std::uint32_t>(i.major)).u32(static_cast<std::uint32_t>(i.minor)).u32(i.elf_machine);
    out.u8(i.elf_class).u8(static_cast<std::uint8_t>(i.libc));
    out.boolean(i.free_threaded).boolean(i.debug).boolean(i.debian).boolean(i.externally_managed);
}

model::Interpreter take_interpreter(fs::ByteReader& in)
{
    model::Interpreter i;
    for (auto* text : {&i.executable, &i.real_path, &i.version, &i.implementation, &i.soabi, &i.multiarch, &i.platform,
                       &i.libc_version, &i.prefix, &i.base_prefix, &i.stdlib}) {
        *text = in.text();
    }
    const auto suffixes = in.count(sizeof(std::uint32_t));
    for (std::size_t n = 0; n < suffixes; ++n) i.extension_suffixes.push_back(in.text());
    i.major = static_cast<int>(in.u32());
    i.minor = static_cast<int>(in.u32());
    i.elf_machine = static_cast<std::uint16_t>(in.u32());
    i.elf_class = in.u8();
    const auto libc = in.u8();
    i.libc = libc <= static_cast<std::uint8_t>(model::Libc::musl) ? static_cast<model::Libc>(libc) : model::Libc::unknown;
    i.free_threaded = in.boolean();
    i.debug = in.boolean();
    i.debian = in.boolean();
    i.externally_managed = in.boolean();
    return i;
}

} // namespace

KnownInterpreters KnownInterpreters::load(std::string_view bytes, const FileMark& program)
{
    fs::ByteReader in(bytes);
    if (in.u32() != k_format || FileMark::take(in) != program) return {};
    KnownInterpreters loaded;
    const auto count = in.count(sizeof(std::uint32_t));
    for (std::size_t n = 0; n < count && in.ok(); ++n) {
        Known known{.interpreter = take_interpreter(in), .marks = {}};
        const auto marks = in.count(1);
        for (std::size_t m = 0; m < marks; ++m) {
            if (in.boolean()) {
                known.marks.emplace_back(FileMark::take(in));
            } else {
                known.marks.emplace_back(std::nullopt);
            }
        }
        auto executable = known.interpreter.executable;
        loaded.m_known.insert_or_assign(std::move(executable), std::move(known));
    }
    if (!in.finish("what is known of interpreters")) return {};
    return loaded;
}

std::string KnownInterpreters::save(const FileMark& program) const
{
    fs::ByteWriter out;
    out.u32(k_format);
    program.put(out);
    const auto count = std::min(m_known.size(), k_most_saved);
    out.u32(static_cast<std::uint32_t>(count));
    std::size_t left = count;
    for (const auto& [executable, known] : m_known) {
        if (left-- == 0) break;
        put(out, known.interpreter);
        out.u32(static_cast<std::uint32_t>(known.marks.size()));
        for (const auto& mark : known.marks) {
            out.boolean(mark.has_value());
            if (mark) mark->put(out);
        }
    }
    return out.bytes();
}

} // namespace envfix::capture

#include "capture/interpreter_binary.hpp"

#include "capture/python_path.hpp"
#include "formats/elf.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <functional>

namespace envfix::capture {

namespace {

constexpr std::size_t k_piece = 64UL * 1024; ///< small enough for memory that was used before: fresh pages cost more than calls
constexpr std::size_t k_overlap = 256; ///< more than any text that is looked for
constexpr std::uint64_t k_most_scanned = 64ULL * 1024 * 1024;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// Takes a number from the front.
std::optional<int> take_number(std::string_view& text)
{
    int number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return number;
}

/// Hands pieces of the file from `first` on, each with the end of the one before, to `look` until
/// it is content.
void scan(const fs::File& file, const std::function<bool(std::string_view)>& look,
          std::uint64_t first = 0)
{
    const auto size = std::min(file.status().size, k_most_scanned);
    for (std::uint64_t at = first; at < size; at += k_piece) {
        const auto begin = at < k_overlap ? 0 : at - k_overlap;
        const auto piece = file.read_at(begin, k_piece + k_overlap);
        if (!piece || piece->empty() || look(*piece)) return;
    }
}

/// memmem, not find: the library has a version for this machine's vector unit.
std::optional<std::size_t> position_of(std::string_view bytes, std::string_view needle,
                                       std::size_t from)
{
    const void* hit =
        ::memmem(bytes.data() + from, bytes.size() - from, needle.data(), needle.size());
    if (hit == nullptr) return std::nullopt;
    return static_cast<std::size_t>(static_cast<const char*>(hit) - bytes.data());
}

/// Calls `accept` with what follows each occurrence, up to its zero byte, until it is content.
bool each_after(std::string_view bytes, std::string_view needle,
                const std::function<bool(std::size_t at, std::string_view rest)>& accept)
{
    for (auto at = position_of(bytes, needle, 0); at; at = position_of(bytes, needle, *at + 1)) {
        const auto rest = bytes.substr(*at + needle.size(), 128);
        const auto end = rest.find('\0');
        if (end != rest.npos && accept(*at, rest.substr(0, end))) return true;
    }
    return false;
}

/// "2", "2rc1", "0a4+": the rest of a version; PyPy has more of its own behind a blank.
std::string_view micro_version(std::string_view text)
{
    text = text.substr(0, text.find(" ("));
    const bool is_version = !text.empty() && is_digit(text.front()) && text.size() <= 12 &&
                            text.find_first_not_of("0123456789abcr+") == text.npos;
    return is_version ? text : std::string_view{};
}

std::vector<std::string> folders_of(const std::string& list, const std::string& origin)
{
    std::vector<std::string> folders;
    std::string_view rest = list;
    while (!rest.empty() && folders.size() < 16) {
        const auto end = rest.find(':');
        std::string folder(rest.substr(0, end));
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
        for (const std::string_view mark : {"${ORIGIN}", "$ORIGIN"}) {
            if (folder.starts_with(mark)) folder = origin + folder.substr(mark.size());
        }
        if (folder.starts_with('/')) folders.push_back(std::move(folder));
    }
    return folders;
}

model::Libc libc_of(const formats::ElfFile& elf)
{
    const auto& loader = elf.interpreter.value_or(std::string());
    if (loader.find("ld-musl") != loader.npos) return model::Libc::musl;
    for (const auto& library : elf.needed) {
        if (library.starts_with("libc.musl")) return model::Libc::musl;
        if (library == "libc.so.6") return model::Libc::glibc;
    }
    return loader.find("/ld-linux") != loader.npos || loader.find("/ld64.so") != loader.npos
               ? model::Libc::glibc
               : model::Libc::unknown;
}

/// The folders in which a distribution keeps its libraries, best first.
std::vector<std::string> library_folders(const PythonBinary& binary)
{
    const auto triplet = binary.machine_text + "-linux-gnu";
    return {"/lib/" + triplet, "/usr/lib/" + triplet, "/lib64", "/usr/lib64", "/lib", "/usr/lib"};
}

/// From "GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36."
std::string glibc_version(const fs::File& file)
{
    constexpr std::string_view k_before = " release version ";
    std::string version;
    const auto look = [&](std::string_view bytes) {
        const auto at = position_of(bytes, k_before, 0);
        if (!at) return false;
        const auto rest = bytes.substr(*at + k_before.size(), 16);
        version = rest.substr(0, rest.find_first_not_of("0123456789."));
        while (version.ends_with('.'))
            version.pop_back();
        return true;
    };
    // Constants lie behind the code: the last quarter has it, as a rule.
    scan(file, look, file.status().size / 4 * 3);
    if (version.empty()) scan(file, look);
    return version;
}

/// musl keeps its version as a text of its own: "1.2.3".
std::string musl_version(const fs::Tree& tree, const PythonBinary& binary)
{
    std::string version;
    const auto file = tree.open_file(binary.loader);
    if (!file) return version;
    scan(*file, [&version](std::string_view bytes) {
        return each_after(bytes, "1.", [&](std::size_t at, std::string_view rest) {
            const bool begins = at > 0 && bytes[at - 1] == '\0';
            const bool is_version = std::count(rest.begin(), rest.end(), '.') == 1 &&
                                    rest.size() >= 3 && is_digit(rest.front()) &&
                                    is_digit(rest.back()) &&
                                    rest.find_first_not_of("0123456789.") == rest.npos;
            if (!begins || !is_version) return false;
            version = "1." + std::string(rest);
            return true;
        });
    });
    return version;
}

} // namespace

std::optional<NamedPython> python_in_name(std::string_view name)
{
    if (name.starts_with("lib")) name.remove_prefix(3);
    NamedPython found{.implementation = "cpython"};
    if (name.starts_with("pypy")) {
        found.implementation = "pypy";
        name.remove_prefix(4);
    } else if (name.starts_with("python")) {
        name.remove_prefix(6);
    } else {
        return std::nullopt;
    }
    const auto major = take_number(name);
    if (!major || !name.starts_with('.')) return std::nullopt;
    name.remove_prefix(1);
    const auto minor = take_number(name);
    if (!minor) return std::nullopt;
    found.major = *major;
    found.minor = *minor;
    const auto end = std::min(name.find_first_not_of("dtmu"), name.size());
    found.flags = name.substr(0, end);
    const auto rest = name.substr(end);
    if (rest == "-dbg") found.flags += 'd';
    const bool known = rest.empty() || rest == "-dbg" || rest == "-c" || rest.starts_with(".so") ||
                       rest.starts_with("-c.so");
    if (!known) return std::nullopt;
    return found;
}

Result<PythonBinary> read_python_binary(const fs::Tree& tree, const std::string& real_path)
{
    ENVFIX_TRY(const auto file, tree.open_file(real_path));
    const auto read = [&file](std::uint64_t offset, std::size_t size) {
        return file.read_at(offset, size);
    };
    ENVFIX_TRY(const auto elf, formats::read_elf(read, file.status().size));
    PythonBinary out{.path = real_path,
                     .machine = elf.header.machine,
                     .elf_class = static_cast<std::uint8_t>(elf.header.is_64_bit ? 2 : 1),
                     .machine_text = elf.header.machine_text(),
                     .libc = libc_of(elf),
                     .loader = elf.interpreter.value_or(std::string()),
                     .needed = elf.needed,
                     .run_path = {}};
    const auto& run_path = elf.runpath ? elf.runpath : elf.rpath;
    if (run_path) out.run_path = folders_of(*run_path, parent_path(real_path));
    return out;
}

std::optional<std::string> python_library(const fs::Tree& tree, const PythonBinary& binary)
{
    const auto needed =
        std::find_if(binary.needed.begin(), binary.needed.end(), [](const std::string& name) {
            return name.starts_with("libpython") || name.starts_with("libpypy");
        });
    if (needed == binary.needed.end()) return std::nullopt;
    auto folders = binary.run_path;
    folders.push_back(join_path(parent_path(parent_path(binary.path)), "lib"));
    for (auto& folder : library_folders(binary))
        folders.push_back(std::move(folder));
    folders.emplace_back("/usr/local/lib");
    for (const auto& folder : folders) {
        auto path = normal_path(join_path(folder, *needed));
        if (tree.exists(path)) return path;
    }
    return std::nullopt;
}

PythonStrings python_strings(const fs::Tree& tree, const std::string& path,
                             const std::string& version_prefix)
{
    PythonStrings found;
    const auto file = tree.open_file(path);
    if (!file) return found;
    scan(*file, [&](std::string_view bytes) {
        if (version_prefix.empty()) {
            return each_after(bytes, ".cpython-", [&found](std::size_t, std::string_view rest) {
                if (!rest.ends_with(".so")) return false;
                found.tag = "cpython-" + std::string(rest.substr(0, rest.size() - 3));
                return true;
            });
        }
        return each_after(bytes, version_prefix, [&](std::size_t at, std::string_view rest) {
            const bool begins = at == 0 || !(is_digit(bytes[at - 1]) || bytes[at - 1] == '.');
            const auto micro = micro_version(rest);
            if (!begins || micro.empty()) return false;
            found.version = version_prefix + std::string(micro);
            return true;
        });
    });
    return found;
}

std::string libc_version(const fs::Tree& tree, const PythonBinary& binary)
{
    if (binary.libc == model::Libc::musl)
        return binary.loader.empty() ? "" : musl_version(tree, binary);
    if (binary.libc != model::Libc::glibc) return {};
    for (const auto& folder : library_folders(binary)) {
        const auto file = tree.open_file(folder + "/libc.so.6");
        if (file) return glibc_version(*file);
    }
    return {};
}

} // namespace envfix::capture

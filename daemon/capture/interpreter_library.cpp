#include "capture/interpreter_library.hpp"

#include "capture/python_path.hpp"
#include "formats/extension_suffix.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace envfix::capture {

namespace {

constexpr std::size_t k_source_cap = 1024UL * 1024;
constexpr std::string_view k_data_prefix = "_sysconfigdata_";

/// The name of a _sysconfigdata file, taken apart: `_sysconfigdata_d_linux_x86_64-linux-gnu.py`.
struct DataFile {
    std::string name;
    std::string flags;
    std::string multiarch;
};

std::optional<DataFile> data_file(const std::string& name)
{
    if (!name.starts_with(k_data_prefix) || !name.ends_with(".py")) return std::nullopt;
    std::string_view rest(name);
    rest.remove_prefix(k_data_prefix.size());
    rest.remove_suffix(3);
    const auto end = rest.find('_');
    if (end == rest.npos) return std::nullopt;
    const auto flags = rest.substr(0, end);
    if (flags.find_first_not_of("dtmu") != flags.npos) return std::nullopt;
    auto platform = rest.substr(end + 1);
    if (platform.starts_with("linux_")) platform.remove_prefix(6); // Debian leaves it out
    return DataFile{name, std::string(flags), std::string(platform)};
}

bool same_build(std::string_view flags, std::string_view wanted)
{
    const auto both = [&](char flag) {
        return (flags.find(flag) != flags.npos) == (wanted.find(flag) != wanted.npos);
    };
    return both('d') && both('t');
}

/// The text between the quotes of `'NAME': 'text'`, as pprint writes a dictionary.
std::string config_value(std::string_view source, const std::string& name)
{
    const std::string key = "'" + name + "': '";
    // memmem, not find: that stops at every quote, and the file is full of them.
    const void* hit = ::memmem(source.data(), source.size(), key.data(), key.size());
    if (hit == nullptr) return {};
    const auto at = static_cast<std::size_t>(static_cast<const char*>(hit) - source.data());
    const auto rest = source.substr(at + key.size(), 256);
    const auto end = rest.find('\'');
    return end == rest.npos ? std::string() : std::string(rest.substr(0, end));
}

/// Where sysconfig's data is lost, the compiled modules of the library tell.
void read_module_names(const fs::Tree& tree, const std::string& stdlib, const NamedPython& python,
                       LibraryFacts& out)
{
    const bool is_pypy = python.implementation == "pypy";
    const auto entries = tree.list(is_pypy ? stdlib : join_path(stdlib, "lib-dynload"));
    if (!entries) return;
    for (const auto& entry : *entries) {
        const auto tag = formats::parse_extension_name(entry.name);
        if (!tag || tag->implementation != python.implementation || tag->minor != python.minor)
            continue;
        if (!same_build(tag->abi_flags, python.flags)) continue;
        out.abi_flags = tag->abi_flags;
        out.multiarch = tag->platform;
        out.pypy_abi = tag->pypy_abi;
        if (!is_pypy) out.soabi = tag->text;
        return;
    }
}

bool read_config_file(const fs::Directory& folder, const std::string& name,
                      const NamedPython& python, LibraryFacts& out)
{
    const auto data = data_file(name);
    if (!data || !same_build(data->flags, python.flags)) return false;
    const auto source = folder.read(data->name, k_source_cap);
    if (!source) return false;
    out.abi_flags = data->flags;
    out.soabi = config_value(*source, "SOABI");
    out.multiarch = config_value(*source, "MULTIARCH");
    if (out.multiarch.empty()) out.multiarch = data->multiarch;
    return true;
}

void read_config_data(const fs::Directory& folder, const NamedPython& python,
                      const std::string& machine, LibraryFacts& out)
{
    // The name that nearly all builds have; the folder has hundreds of others.
    const auto usual = std::string(k_data_prefix) + python.flags + "_linux_" + machine;
    if (read_config_file(folder, usual + "-linux-gnu.py", python, out)) return;
    const auto entries = folder.list();
    if (!entries) return;
    for (const auto& entry : *entries) {
        if (read_config_file(folder, entry.name, python, out)) return;
    }
}

} // namespace

LibraryFacts read_library(const fs::Tree& tree, const std::string& stdlib,
                          const NamedPython& python, const std::string& machine)
{
    LibraryFacts out;
    const auto folder = tree.directory(stdlib);
    if (!folder) return out;
    const auto read_build = [&](const NamedPython& build) {
        if (build.implementation == "cpython") read_config_data(*folder, build, machine, out);
        if (out.soabi.empty()) read_module_names(tree, stdlib, build, out);
    };
    read_build(python);
    if (out.soabi.empty() && python.implementation == "cpython" && python.flags.find('d') == python.flags.npos) {
        auto debug = python; // the only one that is there
        debug.flags += 'd';
        read_build(debug);
    }

    const auto site = folder->read("site.py", k_source_cap);
    out.debian = site && site->find("dist-packages") != site->npos;
    out.externally_managed = folder->exists("EXTERNALLY-MANAGED");
    return out;
}

std::string header_version(const fs::Tree& tree, const std::string& prefix,
                           const NamedPython& python, const std::string& abi_flags)
{
    const std::string version = std::to_string(python.major) + "." + std::to_string(python.minor);
    const auto name = (python.implementation == "pypy" ? "pypy" : "python") + version;
    for (const auto& folder : {name + abi_flags, name}) {
        const auto text =
            tree.read(join_path(prefix, "include/" + folder + "/patchlevel.h"), k_source_cap);
        if (!text) continue;
        constexpr std::string_view k_define = "#define PY_VERSION";
        const auto at = text->find(k_define);
        if (at == text->npos) continue;
        const auto line = std::string_view(*text).substr(at, text->find('\n', at) - at);
        const auto begin = line.find('"');
        const auto end = line.rfind('"');
        if (begin == end) continue;
        auto found = std::string(line.substr(begin + 1, end - begin - 1));
        if (found.starts_with(version + ".")) return found;
    }
    return {};
}

} // namespace envfix::capture

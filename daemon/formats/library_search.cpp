#include "formats/library_search.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace envfix::formats {

namespace {

constexpr std::size_t k_most_folders = 64;
constexpr std::size_t k_most_loaders = 64;

bool continues_a_name(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// The length of the token `name` behind a `$`, with its braces; 0 if there is none.
std::size_t token_length(std::string_view rest, std::string_view name)
{
    const bool braced = rest.starts_with('{');
    const auto inner = rest.substr(braced ? 1 : 0);
    if (!inner.starts_with(name)) return 0;
    const auto after = inner.substr(name.size());
    if (braced) return after.starts_with('}') ? name.size() + 2 : 0;
    return !after.empty() && continues_a_name(after.front()) ? 0 : name.size();
}

std::string expanded(std::string_view path, std::string_view origin, std::string_view lib, std::string_view platform)
{
    std::string out;
    for (std::size_t i = 0; i < path.size();) {
        const auto rest = path.substr(i + 1);
        std::size_t length = 0;
        if (path[i] == '$') {
            if ((length = token_length(rest, "ORIGIN")) != 0)
                out += origin;
            else if ((length = token_length(rest, "LIB")) != 0)
                out += lib;
            else if ((length = token_length(rest, "PLATFORM")) != 0)
                out += platform;
        }
        if (length == 0) out += path[i];
        i += length + 1;
    }
    while (out.size() > 1 && out.ends_with('/'))
        out.pop_back();
    return out;
}

void add_folders(std::string_view list, const LoadedFile& owner, const LoaderSetup& setup, std::vector<std::string>& out)
{
    while (!list.empty() && out.size() < k_most_folders) {
        const auto end = list.find(':');
        for (auto& folder : expand_tokens(list.substr(0, end), owner.folder, setup)) {
            if (std::ranges::find(out, folder) == out.end()) out.push_back(std::move(folder));
        }
        list = end == list.npos ? std::string_view{} : list.substr(end + 1);
    }
}

/// The files that asked for one another, from `asking` up to the program.
std::vector<std::size_t> chain_of(std::span<const LoadedFile> files, std::size_t asking)
{
    std::vector<std::size_t> chain{asking};
    while (chain.size() < k_most_loaders) {
        const auto& next = files[chain.back()].loader;
        if (!next || *next >= files.size()) break;
        chain.push_back(*next);
    }
    if (chain.back() != 0) chain.push_back(0); // the program's own counts for all that is loaded later
    return chain;
}

void add_step(std::vector<SearchStep>& steps, std::vector<std::string> folders, bool is_default = false)
{
    if (folders.empty()) return;
    steps.push_back({.kind = SearchStep::Kind::folders, .folders = std::move(folders), .not_below = {}, .is_default = is_default});
}

/// musl makes no difference between RPATH and RUNPATH: both count for what the file's libraries need, too.
std::vector<SearchStep> musl_search(std::span<const LoadedFile> files, std::size_t asking, const LoaderSetup& setup)
{
    std::vector<SearchStep> steps;
    add_step(steps, setup.library_path);
    for (const auto number : chain_of(files, asking)) {
        const auto& file = files[number];
        std::vector<std::string> folders;
        const auto& list = file.runpath ? file.runpath : file.rpath;
        if (list) add_folders(*list, file, setup, folders);
        add_step(steps, std::move(folders));
    }
    add_step(steps, setup.default_folders, true);
    return steps;
}

} // namespace

std::vector<std::string> expand_tokens(std::string_view path, std::string_view origin, const LoaderSetup& setup)
{
    std::vector<std::string> all;
    const auto add = [&](std::string_view platform) {
        auto one = expanded(path, origin, setup.lib, platform);
        if (one.starts_with('/') && std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
    };
    if (setup.platforms.empty()) add({});
    for (const auto& platform : setup.platforms)
        add(platform);
    return all;
}

std::vector<SearchStep> library_search(std::span<const LoadedFile> files, std::size_t asking, const LoaderSetup& setup)
{
    if (asking >= files.size()) return {};
    if (setup.musl) return musl_search(files, asking, setup);
    const auto& file = files[asking];
    std::vector<SearchStep> steps;
    // A file's RUNPATH switches off the RPATHs of all that led to it, and those of a file that has both never count.
    if (!file.runpath) {
        for (const auto number : chain_of(files, asking)) {
            const auto& owner = files[number];
            std::vector<std::string> folders;
            if (owner.rpath && !owner.runpath) add_folders(*owner.rpath, owner, setup, folders);
            add_step(steps, std::move(folders));
        }
    }
    add_step(steps, setup.library_path);
    if (file.runpath) {
        std::vector<std::string> folders;
        add_folders(*file.runpath, file, setup, folders);
        add_step(steps, std::move(folders));
    }
    steps.push_back({.kind = SearchStep::Kind::cache,
                     .folders = {},
                     .not_below = file.no_default_folders ? setup.default_folders : std::vector<std::string>{},
                     .is_default = true});
    if (!file.no_default_folders) add_step(steps, setup.default_folders, true);
    return steps;
}

bool is_c_library(std::string_view name, bool musl)
{
    constexpr std::array<std::string_view, 8> k_glibc{"libc.so.6",  "libm.so.6",    "libpthread.so.0", "libdl.so.2",
                                                      "librt.so.1", "libutil.so.1", "libmvec.so.1",    "libresolv.so.2"};
    // musl takes each of these for itself, whatever follows the dot.
    constexpr std::array<std::string_view, 7> k_musl{"c", "pthread", "rt", "m", "dl", "util", "xnet"};
    if (!musl) return name.starts_with("ld-linux") || name.starts_with("ld64.so") || std::ranges::find(k_glibc, name) != k_glibc.end();
    if (name.starts_with("ld-musl-")) return true;
    if (!name.starts_with("lib")) return false;
    name = name.substr(3, name.find('.') - 3);
    return std::ranges::find(k_musl, name) != k_musl.end();
}

} // namespace envfix::formats

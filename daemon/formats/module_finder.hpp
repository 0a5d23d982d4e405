#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

enum class NodeKind : unsigned char { none, file, directory };

/// A directory as the finder sees it: a real one that is looked at when asked, or a listing.
class DirectoryView {
public:
    DirectoryView() = default;
    DirectoryView(const DirectoryView&) = delete;
    DirectoryView& operator=(const DirectoryView&) = delete;
    DirectoryView(DirectoryView&&) = delete;
    DirectoryView& operator=(DirectoryView&&) = delete;
    virtual ~DirectoryView() = default;

    /// What the entry `name` is, links followed; `none` where there is none or it cannot be told.
    [[nodiscard]] virtual NodeKind kind_of(std::string_view name) const = 0;

    /// The directory `name`; null where there is none.
    [[nodiscard]] virtual std::unique_ptr<DirectoryView> enter(std::string_view name) const = 0;
};

enum class ModuleKind : unsigned char { extension, source, bytecode, namespace_package };

/// A place below one entry of sys.path.
struct ModulePlace {
    std::size_t entry = 0; ///< index into the path entries
    std::string path;      ///< relative to it: "cffi/__init__.py", "_cffi_backend.abi3.so"

    bool operator==(const ModulePlace&) const = default;
};

struct FoundModule {
    ModuleKind kind{};
    bool is_package = false; ///< `__init__` of a directory, or a namespace package
    ModulePlace file;        ///< the file that is loaded; of a namespace package its first folder
    std::vector<ModulePlace> search; ///< where submodules are looked for; empty unless a package

    bool operator==(const FoundModule&) const = default;
};

/// What importlib's PathFinder finds for `module` ("a.b.c": one package after the other, nothing is
/// run), given the entries of sys.path (null: no such directory) and the interpreter's
/// EXTENSION_SUFFIXES. In each entry: the package directory with an `__init__`, then extension
/// modules in the order of the suffixes, `.py`, `.pyc`. A directory without `__init__` counts only
/// if nothing else is found, and then together with those of its name in the other entries.
/// Zip files on the path are not looked into. Nothing if there is no such module.
std::optional<FoundModule> find_module(std::span<const DirectoryView* const> path,
                                       std::string_view module,
                                       std::span<const std::string> extension_suffixes);

} // namespace envfix::formats

#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

/// A fresh folder for one test, removed with everything in it at the end.
class TempFolder {
public:
    /// Below `base_folder`; by default below TMPDIR or /tmp.
    explicit TempFolder(const std::string& base_folder = {})
    {
        const char* const chosen = std::getenv("TMPDIR");
        const std::string base = chosen != nullptr ? chosen : "/tmp";
        std::string name = (base_folder.empty() ? base : base_folder) + "/envfix-test-XXXXXX";
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
        m_path = std::filesystem::canonical(name).string();
    }

    ~TempFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }

    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    TempFolder(TempFolder&&) = delete;
    TempFolder& operator=(TempFolder&&) = delete;

    /// Absolute, without links.
    [[nodiscard]] const std::string& path() const { return m_path; }

    /// The path of a name in it.
    [[nodiscard]] std::string operator/(std::string_view name) const
    {
        return m_path + "/" + std::string(name);
    }

    /// Makes a folder and those above it; gives its path.
    std::string folder(std::string_view name) const
    {
        std::filesystem::create_directories(*this / name);
        return *this / name;
    }

    /// Makes a file, and the folders above it; gives its path.
    std::string file(std::string_view name, std::string_view content = {}) const
    {
        const std::filesystem::path path = *this / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
        return path.string();
    }

    /// Makes a link, and the folders above it; gives its path.
    std::string link(std::string_view name, std::string_view target) const
    {
        const std::filesystem::path path = *this / name;
        std::filesystem::create_directories(path.parent_path());
        std::filesystem::create_symlink(target, path);
        return path.string();
    }

private:
    std::string m_path;
};

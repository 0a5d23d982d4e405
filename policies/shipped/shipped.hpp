#pragma once

#include <span>
#include <string_view>

/// The data that ships with the program, inside the program: it works without an installed file.
namespace envfix::shipped {

struct File {
    std::string_view
        path; ///< below policies/: "chains/supabase.yaml", "fixes/cffi-backend-missing.yaml"
    std::string_view content; ///< its bytes
};

/// All of them, sorted by path.
std::span<const File> files();

} // namespace envfix::shipped

#pragma once

#include <string>
#include <string_view>

/// Paths as Python and its start-up code treat them: as text, byte by byte, no file is asked.
namespace envfix::capture {

/// os.path.join of two parts: an absolute second part replaces the first.
std::string join_path(std::string_view first, std::string_view second);

/// os.path.normpath: no ".", no "..", no doubled or trailing slash; "" gives ".". Two leading
/// slashes, and only two, stay.
std::string normal_path(std::string_view path);

/// os.path.abspath for a process whose current directory is `cwd`.
std::string absolute_path(std::string_view cwd, std::string_view path);

/// os.path.dirname.
std::string parent_path(std::string_view path);

/// What stands before the last slash, as the start-up code cuts it: "/bin" gives "", and so does
/// a path without a slash. A search upwards that ends at "" never looks into the root.
std::string cut_last(std::string_view path);

/// os.path.basename.
std::string_view last_name(std::string_view path);

} // namespace envfix::capture

#include "capture/memory.hpp"

#include <algorithm>

namespace envfix::capture {

void Recall::trust(const fs::Directory& folder)
{
    if (m_memory == nullptr || is_trusted(folder.status())) return;
    if (folder.has_honest_times()) m_devices.push_back(folder.status().device);
}

Result<std::string> read_note(const fs::Tree& tree, const std::string& path, std::size_t cap, const Recall& recall)
{
    if (!recall.remembers()) return tree.read(path, cap);
    const auto status = tree.stat(path);
    if (!status) return fail(status.error());
    const auto* known = recall.find(&Memory::notes, *status);
    if (known != nullptr && known->size() <= cap) return *known;
    ENVFIX_TRY(const auto file, tree.open_file(path));
    auto text = file.read_all(cap);
    if (text) recall.keep(&Memory::notes, file.status(), *text);
    return text;
}

bool Recall::is_trusted(const fs::Status& status) const
{
    return std::ranges::find(m_devices, status.device) != m_devices.end();
}

} // namespace envfix::capture

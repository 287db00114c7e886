using System.Security.Cryptography;

namespace OrleansBroker.Management.Pages;

/// <summary>A file of the pages, as it is in the assembly.</summary>
/// <param name="Path">Its path: <c>app/main.js</c>.</param>
/// <param name="ContentType">What it is.</param>
/// <param name="Content">Its octets.</param>
/// <param name="Tag">Its entity tag: another one for another content.</param>
internal sealed record PageFile(string Path, string ContentType, ReadOnlyMemory<byte> Content, string Tag)
{
    private const string Folder = "Pages/";

    private static readonly Dictionary<string, string> ContentTypes = new()
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    /// <summary>All files of the pages.</summary>
    public static IReadOnlyList<PageFile> ReadAll()
    {
        var assembly = typeof(PageFile).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Folder, StringComparison.Ordinal)).Select(name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            // Where the assembly was built under Windows the folders are parted by its separator.
            var path = name[Folder.Length..].Replace('\\', '/');
            var tag = $"\"{Convert.ToHexString(SHA256.HashData(content).AsSpan(0, 12))}\"";
            return new PageFile(path, ContentTypes[System.IO.Path.GetExtension(path)], content, tag);
        })];
    }
}

using System.Globalization;

namespace OrleansBroker.Storage.RocksDb;

/// <summary>The data folder, locked for this process until it is disposed.</summary>
internal sealed class DataFolder : IDisposable
{
    private const string LockName = "broker.lock";
    private const string OwnerName = "broker.pid";

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    public string DatabasePath => System.IO.Path.Combine(Path, "rocksdb");

    /// <summary>Creates the folder where it is missing and takes its lock.</summary>
    /// <exception cref="StoreException">It cannot be written, or another broker uses it.</exception>
    public static DataFolder Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(full);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The data folder '{full}' cannot be created: {exception.Message}", exception);
        }

        var held = Lock(full);
        try
        {
            File.WriteAllText(System.IO.Path.Combine(full, OwnerName), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataFolder(full, held);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            held.Dispose();
            throw new StoreException($"The data folder '{full}' cannot be written: {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        File.Delete(System.IO.Path.Combine(Path, OwnerName));

        // The lock's file stays: removing it would let two processes lock two files of that name.
        _lock.Dispose();
    }

    private static FileStream Lock(string full)
    {
        var file = System.IO.Path.Combine(full, LockName);
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StoreException($"The data folder '{full}' cannot be written: {exception.Message}", exception);
        }
        catch (IOException exception)
        {
            // .NET takes an exclusive advisory lock for FileShare.None; it ends with the process, however that ends.
            throw File.Exists(file)
                ? new StoreException($"The data folder '{full}' is used by another broker{Owner(full)}: {exception.Message}", exception)
                : new StoreException($"The data folder '{full}' cannot be written: {exception.Message}", exception);
        }
    }

    private static string Owner(string full)
    {
        try
        {
            return $" (process {File.ReadAllText(System.IO.Path.Combine(full, OwnerName)).Trim()})";
        }
        catch (IOException)
        {
            // Its owner is only a hint; the lock is what counts.
            return "";
        }
    }
}

using System.Collections.Concurrent;

namespace OrleansBroker.Benchmarks.Amqp.Clients;

/// <summary>
/// The threads of a load. They run until the process ends; one that fails before that has failed the load, and is in
/// <see cref="Failures"/>.
/// </summary>
internal sealed class Workers
{
    private readonly ConcurrentQueue<string> _failures = new();

    public IReadOnlyList<string> Failures => [.. _failures.Distinct()];

    public void Start(Action work)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception failure)
            {
                _failures.Enqueue(failure.Message);
            }
        })
        {
            IsBackground = true,
        };
        thread.Start();
    }
}

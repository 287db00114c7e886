using OrleansBroker.CommandLine.Invocations;

return await Tool.RunAsync(args, Terminal.OfProcess());
